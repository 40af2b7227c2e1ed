"""``python -m benchmarks.speed.int8 --data speed-data``: the study of 8 bits on a CPU."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from benchmarks.speed.data import require_data
from benchmarks.speed.machine import machine, versions
from iqabench._util.process import configure_threads

PARTS = ("layers", "pt2e", "ckdn", "lpips", "dists")
FIGURES = Path(__file__).parent / "figures.json"


@click.command()
@click.argument("networks", nargs=-1, type=click.Choice(PARTS))
@click.option("--data", type=click.Path(path_type=Path), default=Path("speed-data"), show_default=True)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option(
    "--more",
    type=click.Path(path_type=Path, exists=True),
    help="A manifest with labels: agreement is measured on its images, too (benchmarks/shipped makes one).",
)
@click.option("--small", is_flag=True, help="A few images only: shows that it runs, measures nothing.")
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    help="Where figures go; with --small nowhere unless given.",
    show_default="figures.json beside this",
)
def main(
    networks: tuple[str, ...], data: Path, rounds: int, more: Path | None, small: bool, figures: Path | None
) -> None:
    """Measure NETWORKS with every back end, PT2E's LPIPS, and single layers (all without); keep the figures."""
    if {"ckdn", "lpips", "dists"} & set(networks or PARTS):
        require_data(data)
    if figures is None and not small:
        figures = FIGURES
    configure_threads()
    from benchmarks.speed.int8.layers import layers
    from benchmarks.speed.int8.pt2e import pt2e
    from benchmarks.speed.int8.study import study, table

    others: dict[str, Callable[[], dict[str, Any]]] = {
        "layers": lambda: {"ms": layers()},
        "pt2e": lambda: pt2e(rounds, small=small),
    }
    kept = json.loads(figures.read_text(encoding="utf-8")) if figures and figures.is_file() else {}
    for network in networks or PARTS:
        if network == "pt2e" and find_spec("torchao") is None:
            click.echo("PT2E: not measured, since it is not installed: torchao", err=True)
            continue
        found = others[network]() if network in others else study(network, data, rounds, more, small=small)
        kept[network] = {**found, "machine": machine(), "versions": versions()}
        if figures:
            figures.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    click.echo(table(kept))


if __name__ == "__main__":
    main()
