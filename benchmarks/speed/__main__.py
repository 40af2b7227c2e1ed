"""``python -m benchmarks.speed``: make the data, run rows, render the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from benchmarks.speed.data import require_data
from benchmarks.speed.harness import SpeedRow, SpeedSetting, measure
from benchmarks.speed.machine import folder_name, machine, versions
from iqabench._util.process import configure_threads

MODULES = ("scoring", "cached", "together", "training", "commands")
"""Modules of this folder with ``ROWS``."""
Function = TypeVar("Function", bound=Callable[..., Any])
FIGURES = Path(__file__).parent / "figures"


def rows() -> dict[str, SpeedRow]:
    """Every row, by name."""
    return {row.name: row for name in MODULES for row in import_module(f"benchmarks.speed.{name}").ROWS}


@click.group()
def main() -> None:
    """Measure iqabench against its peers on this machine."""
    configure_threads()


def _data_option(function: Function) -> Function:
    kind = click.Path(path_type=Path)
    return click.option("--data", type=kind, default=Path("speed-data"), show_default=True, help="Generated data.")(
        function
    )


def _figures_option(function: Function) -> Function:
    kind = click.Path(path_type=Path)
    shown = "figures/MACHINE of this folder"
    help_text = "Where figures go; with --small nowhere unless given."
    return click.option("--figures", type=kind, help=help_text, show_default=shown)(function)


@main.command("run")
@click.argument("names", nargs=-1)
@_data_option
@_figures_option
@click.option("--device", default="cpu", show_default=True)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--small", is_flag=True, help="A few images only: shows that it runs, measures nothing.")
def run_rows(names: tuple[str, ...], data: Path, figures: Path | None, device: str, rounds: int, small: bool) -> None:
    """Measure the rows NAMES (all without) and keep their figures."""
    known = rows()
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise click.UsageError(f"no row {unknown[0]!r}; there are: {', '.join(known)}")
    require_data(data)
    for name in names or known:
        measured = measure(known[name], SpeedSetting(data, device, small), rounds)
        if figures or not small:
            _keep(figures, name, measured)
        _say(measured)


@main.command("roofline")
@_data_option
@_figures_option
@click.option("--device", default="cpu", show_default=True)
@click.option("--repeats", default=15, show_default=True, type=click.IntRange(1))
def roofline_command(data: Path, figures: Path | None, device: str, repeats: int) -> None:
    """Measure the machine's peaks: arithmetic, memory, decoding."""
    from benchmarks.speed.roofline import roofline

    found = roofline(require_data(data), device, repeats)
    _keep(figures, "roofline", {"device": device, "figures": found})
    for name, one in found.items():
        click.echo(f"{name}: {one['best']:.4g} (median {one['median']:.4g}, worst {one['worst']:.4g})")


@main.command("precision")
@_data_option
@_figures_option
@click.option("--device", default="cpu", show_default=True)
@click.option("--contents", default=4, show_default=True, type=click.IntRange(1), help="Generated contents to score.")
def precision_command(data: Path, figures: Path | None, device: str, contents: int) -> None:
    """Measure what bf16 changes in CKDN's scores, with the weights that IQABENCH_SPEED_CKDN names."""
    from benchmarks.speed.precision import precision

    found = precision(require_data(data), device, contents)
    _keep(figures, "precision", {"device": device, "figures": found})
    click.echo(json.dumps(found, indent=1))


@main.command("profile")
@click.argument("method")
@_data_option
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Laps of 89 pairs.")
@click.option("--small", is_flag=True, help="A few images only: shows that it runs, measures nothing.")
def profile_command(method: str, data: Path, repeats: int, small: bool) -> None:
    """Print where the CPU time of scoring with METHOD (ckdn, ckdn-shipped, lpips) goes, in one thread."""
    from benchmarks.speed.profiled import profile

    click.echo(profile(SpeedSetting(require_data(data), small=small), method, repeats))


@main.command("table")
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    default=FIGURES,
    show_default="figures/ of this folder",
    help="A folder of figures for each machine.",
)
def table_command(figures: Path) -> None:
    """Write the figures into README.md."""
    from benchmarks.speed.table import write

    write(Path(__file__).parent / "README.md", figures, list(rows()))


def _keep(folder: Path | None, name: str, found: dict[str, Any]) -> None:
    folder = folder or FIGURES / folder_name()
    folder.mkdir(parents=True, exist_ok=True)
    whole = {**found, "machine": machine(), "versions": versions()}
    (folder / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _say(found: dict[str, Any]) -> None:
    click.echo(f"{found['work']} ({found['device']}, {found['rounds']} rounds)")
    for name, figures in found["contenders"].items():
        if isinstance(figures, str):
            click.echo(f"  {name}: {figures}")
            continue
        spread = f"{figures['median']:.4g} {found['unit']} ({figures['min']:.4g} to {figures['max']:.4g})"
        click.echo(f"  {name}: {spread}, peak {figures['peak_mib']:.0f} MiB")
    for target in found["targets"]:
        click.echo(f"  {target}")


if __name__ == "__main__":
    main()
