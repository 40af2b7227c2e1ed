"""Build the embedded data set: ``uv run --group mini-build python -m benchmarks.mini.build --out DIR``.

``mini`` is what ``iqabench synthesize`` makes of ``recipe.toml``. An interrupted build, started again, goes on where
it stopped.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from benchmarks.mini.photographs import write_photographs
from iqabench.synthesis.recipe import load_recipe
from iqabench.synthesis.run import SynthesisRequest, synthesize

HERE = Path(__file__).parent
SEED = 2021
FOLDERS = ("pristine", "degraded", "restored", "splits")
FILES = ("manifest.csv", "algorithms.csv", "card.toml")


def order(work: Path, jobs: int = 1, contents: int | None = None) -> SynthesisRequest:
    """What to make, in the folder ``work``; the photographs are written there first."""
    recipe = load_recipe(str(HERE / "recipe.toml"))
    write_photographs(work / "photographs", recipe.photos)
    return SynthesisRequest(
        photos=(work / "photographs",),
        out=work / "mini",
        recipe=recipe,
        seed=SEED,
        contents=contents,
        cross=True,
        jobs=jobs,
        name="mini",
    )


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the data set.")
@click.option("--work", type=click.Path(path_type=Path), default=Path("build/mini"), show_default=True)
@click.option("--jobs", default=1, show_default=True, help="Processes at once.")
def main(out: Path, work: Path, jobs: int) -> None:
    """Make the data set in the folder WORK, then put it in place of the one in OUT."""
    made = order(work, jobs)
    synthesize(made)
    for name in FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)
        shutil.copytree(made.out / name, out / name)
    for name in FILES:
        shutil.copyfile(made.out / name, out / name)


if __name__ == "__main__":
    main()
