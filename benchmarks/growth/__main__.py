"""``python -m benchmarks.growth``: make data, run the commands on them, write figures and the plot."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks.growth.plot import write_plot
from benchmarks.growth.readers import busy_readers
from benchmarks.growth.series import SERIES, GrowthSeries, measure
from benchmarks.speed.machine import machine, versions
from iqabench._util.errors import UserError
from iqabench._util.files import write_atomically
from iqabench._util.process import configure_threads

FIGURES, PLOT = "figures.json", "growth.svg"
READERS = "readers"
"""Name of the part that no command runs: how many readers work at once."""
PARTS = (*(one.name for one in SERIES), READERS)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("growth-figures"), show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="Keep made data here.", show_default="a temporary folder")
@click.option("--small", is_flag=True, help="Tiny sizes: shows that all of it runs; no figure of growth.")
@click.option("--parts", default="", help=f"Only these, by commas: {', '.join(PARTS)}.")
@click.option("--sizes", default="", help="Only these sizes, by commas: rows, or methods.")
@click.option("--make-only", is_flag=True, help="Make the data, measure nothing.")
@click.option(
    "--checkout", type=click.Path(path_type=Path, exists=True), help="Measure the commands of this checkout instead."
)
@click.option(
    "--beside",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Figures of an earlier state, drawn pale in the plot.",
)
def main(
    out: Path,
    data: Path | None,
    small: bool,
    parts: str,
    sizes: str,
    make_only: bool,
    checkout: Path | None,
    beside: Path | None,
) -> None:
    """Measure time and memory of whole commands against the size of what they read.

    Writes OUT/figures.json, after each figure, and OUT/growth.svg. Figures that lie in OUT already stay, so that a
    long campaign may be taken in pieces.
    """
    configure_threads()
    chosen = [word.strip() for word in parts.split(",") if word.strip()] or list(PARTS)
    if unknown := [word for word in chosen if word not in PARTS]:
        raise click.UsageError(f"no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    try:
        wanted = {int(word) for word in sizes.split(",") if word.strip()}
    except ValueError as error:
        raise click.UsageError(f"--sizes {sizes}: give whole numbers, by commas") from error
    figures = _figures(out / FIGURES, small)
    # Small, a command meets the same data in two series: what it took once stands in both.
    taken: dict[Any, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="iqabench-growth-") as scratch:
        folder = data or Path(scratch)
        for series in (one for one in SERIES if one.name in chosen):
            for size in (one for one in series.sizes(small) if one in wanted or not wanted):
                made = series.data(folder, size, small)
                if not make_only:
                    command = series.command, made
                    found = taken[command] = taken.get(command) or _measured(series, made, checkout)
                    figures["series"].setdefault(series.name, {})[str(size)] = found
                    _keep(figures, out)
                    click.echo(_line(series.name, size, found))
    if READERS in chosen and not make_only:
        figures[READERS] = busy_readers(small)
        _keep(figures, out)
        for batches, by_workers in figures[READERS].items():
            for workers, found in by_workers.items():
                click.echo(f"{batches}, {workers} workers: {found['busy']:.1f} of them busy")
    if figures["series"]:
        write_plot(out / PLOT, figures, json.loads(beside.read_text(encoding="utf-8")) if beside else None)


def _figures(file: Path, small: bool) -> dict[str, Any]:
    if file.is_file():
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if found.get("small") == small:
            return found
        raise click.UsageError(f"{file}: of another size (--small, or not); give another --out")
    return {"small": small, "machine": machine(), "versions": versions(), "series": {}}


def _measured(series: GrowthSeries, data: Path, checkout: Path | None) -> dict[str, float]:
    try:
        return measure(series, data, checkout)
    except UserError as error:
        raise click.ClickException(str(error)) from error


def _keep(figures: dict[str, Any], out: Path) -> None:
    write_atomically(out / FIGURES, json.dumps(figures, indent=1) + "\n")


def _line(name: str, size: int, found: dict[str, float]) -> str:
    took = f"{found['seconds']:.1f} s, {found['cpu_seconds']:.1f} s of processors, {found['peak_mib']:.0f} MiB"
    return f"{name}, {size:,}: {took}"


if __name__ == "__main__":
    main()
