"""``python -m benchmarks.gpu``: the whole campaign."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from benchmarks.gpu.campaign import FIGURES, LOG, GpuCampaign, completed
from benchmarks.gpu.parts import PARTS
from benchmarks.gpu.table import render, wrong
from benchmarks.speed.harness import SpeedSetting
from iqabench._util.errors import UserError
from iqabench._util.files import write_atomically

TABLE = "table.md"
NAMES = [part.name for part in PARTS]


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("gpu-figures"), show_default=True, help="Folder.")
@click.option("--device", default="cuda", show_default=True, help="cuda, cuda:1, or cpu (with --small).")
@click.option("--small", is_flag=True, help="Tiny sizes: shows that all of it runs; no figure of speed.")
@click.option("--minutes", default=9.0, show_default=True, type=click.FloatRange(0, min_open=True), help="In all.")
@click.option("--parts", default="", help=f"Only these, by commas: {', '.join(NAMES)}.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Keep the made pictures (6 GB) here.",
    show_default="a temporary folder",
)
def main(out: Path, device: str, small: bool, minutes: float, parts: str, data: Path | None) -> None:
    """Check every method on a GPU, then measure how fast it is.

    Writes OUT/figures.json (after each figure), OUT/table.md and OUT/log.txt. On a machine without network,
    carry what is missing there as wheels: 'python -m benchmarks.gpu.wheels --help'. Weights of metrics are looked
    for in IQABENCH_WEIGHTS.

    Ends with 0 if all parts ran and every number is right, with 1 if one is not or a part failed.
    """
    if device.startswith("cpu") and not small:
        raise click.UsageError("at full size a CPU takes days: add --small, or give --device cuda")
    names = [name.strip() for name in parts.split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise click.UsageError(f"no part {unknown[0]!r}; there are: {', '.join(NAMES)}")
    chosen = [part for part in PARTS if not names or part.name in _with_needs(names)]
    with tempfile.TemporaryDirectory(prefix="iqabench-gpu-") as folder:
        campaign = GpuCampaign(SpeedSetting(data or Path(folder), device, small), out, minutes, click.echo)
        try:
            campaign.run(chosen)
        except UserError as error:
            raise click.UsageError(str(error)) from error
        finally:
            if campaign.figures["parts"]:
                write_atomically(out / TABLE, render(campaign.figures))
    click.echo(f"\n{render(campaign.figures)}")
    click.echo(f"{out / FIGURES}, {out / TABLE}, {out / LOG}")
    problems = wrong(campaign.figures)
    for one in problems:
        click.echo(f"wrong: {one}", err=True)
    sys.exit(0 if completed(campaign.figures) and not problems else 1)


def _with_needs(names: list[str]) -> set[str]:
    known = {part.name: part.needs for part in PARTS}
    return {*names, *(need for name in names for need in known[name])}


if __name__ == "__main__":
    main()
