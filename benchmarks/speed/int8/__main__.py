"""``python -m benchmarks.speed.int8 --data speed-data``: the study of 8 bits on a CPU."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchmarks.speed.machine import machine, versions
from iqabench._util.process import configure_threads

PARTS = ("layers", "ckdn", "lpips", "dists")
FIGURES = Path(__file__).parent / "figures.json"


@click.command()
@click.argument("networks", nargs=-1, type=click.Choice(PARTS))
@click.option("--data", type=click.Path(path_type=Path), default=Path("speed-data"), show_default=True)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--small", is_flag=True, help="A few images only: shows that it runs, measures nothing.")
@click.option("--figures", type=click.Path(path_type=Path), default=FIGURES, show_default="figures.json beside this")
def main(networks: tuple[str, ...], data: Path, rounds: int, small: bool, figures: Path) -> None:
    """Measure NETWORKS with every back end, and single layers (all without); keep the figures."""
    configure_threads()
    from benchmarks.speed.int8.layers import layers
    from benchmarks.speed.int8.study import study, table

    kept = json.loads(figures.read_text(encoding="utf-8")) if figures.is_file() else {}
    for network in networks or PARTS:
        found = {"ms": layers()} if network == "layers" else study(network, data, rounds, small=small)
        kept[network] = {**found, "machine": machine(), "versions": versions()}
        figures.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    click.echo(table(kept))


if __name__ == "__main__":
    main()
