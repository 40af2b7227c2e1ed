"""Build the embedded data set: ``uv run --group mini-build python -m benchmarks.mini.build --out DIR``.

Images that exist are kept, so an interrupted build goes on where it stopped; ``--fresh`` starts over.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
import pandas as pd
import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from benchmarks.mini import labels, packages
from benchmarks.mini.algorithms import ALGORITHMS
from benchmarks.mini.card import write_card
from benchmarks.mini.images import Row, make_images, rows
from benchmarks.mini.photographs import Content, contents

SEED = 2021


def write_manifest(out: Path, members: list[Row], mos: pd.Series) -> None:
    """``manifest.csv``: one line per restored image; ``mos`` is indexed by image path."""
    table = [
        {
            "image": row.image,
            "degraded": row.degraded,
            "pristine": row.pristine,
            "content": row.content.name,
            "algorithm": row.algorithm.code,
            "category": row.algorithm.category,
            "task": row.algorithm.task,
            "mos": f"{mos[row.image]:.4f}",
            "photo": row.content.photograph.name,
        }
        for row in members
    ]
    pd.DataFrame(table).sort_values("image").to_csv(out / "manifest.csv", index=False, lineterminator="\n")


def write_algorithms(out: Path) -> None:
    """``algorithms.csv``: what each algorithm is."""
    columns = ("category", "category_name", "task", "name", "description", "degradation")
    table = [{"algorithm": a.code} | {column: getattr(a, column) for column in columns} for a in ALGORITHMS]
    pd.DataFrame(table).to_csv(out / "algorithms.csv", index=False, lineterminator="\n")


def write_splits(out: Path, found: list[Content]) -> None:
    """``splits/contents.csv`` and ``splits/algorithms.csv``;
    crossing the equal parts gives the unseen split."""
    folder = out / "splits"
    folder.mkdir(parents=True, exist_ok=True)
    parts = pd.DataFrame({"content": [c.name for c in found], "part": [c.photograph.part for c in found]})
    parts.to_csv(folder / "contents.csv", index=False, lineterminator="\n")
    parts = pd.DataFrame({"algorithm": [a.code for a in ALGORITHMS], "part": [a.part for a in ALGORITHMS]})
    parts.to_csv(folder / "algorithms.csv", index=False, lineterminator="\n")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the data set.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path("build/mini-cache"), show_default=True)
@click.option(
    "--weights",
    type=click.Path(exists=True, path_type=Path),
    default=lambda: os.environ.get("IQABENCH_WEIGHTS"),
    required=True,
    help="Folder with {alexnet,vgg16}_features.safetensors; default $IQABENCH_WEIGHTS.",
)
@click.option("--seed", default=SEED, show_default=True)
@click.option("--fresh", is_flag=True, help="Delete the images that exist and make them again.")
def main(out: Path, cache: Path, weights: Path, seed: int, fresh: bool) -> None:
    """Build images, labels, splits and card."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # the order of sums, and with it the last bit, depends on the number of threads
    packages.use_cache(cache)
    if fresh:
        for name in ("pristine", "degraded", "restored"):
            shutil.rmtree(out / name, ignore_errors=True)
    found = contents()
    members = rows(found)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("images", total=len(members))
        for _ in make_images(out, found, seed):
            progress.advance(task)
        task = progress.add_task("labels", total=len(members))
        measured = labels.measure(out, members, weights, lambda: progress.advance(task))
    cache.mkdir(parents=True, exist_ok=True)
    measured.to_csv(cache / "metrics.csv", index=False)
    mos = labels.to_elo(labels.combine(measured))
    mos.index = pd.Index(measured["image"])
    write_manifest(out, members, mos)
    write_algorithms(out)
    write_splits(out, found)
    write_card(out / "card.toml", found, seed, len(members))


if __name__ == "__main__":
    main()
