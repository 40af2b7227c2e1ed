"""Step 10: the control of a checkpoint on a whole data set: ``python -m benchmarks.shipped.wider --help``.

``iqabench check --control`` draws a split and takes its validation part. Every content of the wider part is a
validation content, and no training has seen any of its rows.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from ckdn.shipped import load_shipped
from iqabench._util.devices import Machine, choose_device
from iqabench._util.progress import Overview
from iqabench.checks.control.measure import control
from iqabench.checks.control.tables import control_text
from iqabench.predict.loaded import LoadedMethod
from iqabench.runs.setup import open_for_run


@click.command()
@click.argument("checkpoints", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A CSV file.")
def main(checkpoints: tuple[Path, ...], data: Path, out: Path) -> None:
    """Agreement of CHECKPOINTS on all rows of DATA beside the right D, another content's and the image itself."""
    opened = replace(open_for_run("manifest", data / "manifest.csv"), split=None)
    methods = [LoadedMethod(one.stem, load_shipped(weights=str(one)).fused("fp32")) for one in checkpoints]
    with Overview() as overview:
        found = control(methods, opened, Machine(choose_device("auto"), "fp32"), overview)
    out.write_text(control_text(found, "csv"), encoding="utf-8")
    click.echo(control_text(found, "text"))


if __name__ == "__main__":
    main()
