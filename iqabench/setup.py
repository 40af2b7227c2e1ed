"""Opens what a run needs: data set, fingerprint, split, and what trained methods learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iqabench.datasets import open_dataset
from iqabench.datasets.base import Dataset
from iqabench.datasets.fingerprint import fingerprint
from iqabench.errors import SplitError, UserError
from iqabench.progress import Overview
from iqabench.splits import Split, draw_split, load_split
from iqabench.trained import TrainingData

EMBEDDED = "mini"
PAPER_SIZED = 2000
"""Training images from which on a method's full recipe is the default."""

WORTH_A_BAR = 2000
"""Images from which on reading all files for the first time takes long enough to be shown."""

LEAST_VALIDATED = 3
"""Contents and algorithms that a drawn split validates at least: fewer give no correlation, and no interval."""


@dataclass(frozen=True)
class Opened:
    """A data set, checked and ready to be scored."""

    dataset: Dataset
    fingerprint: str
    split: Split | None


OUTSIDE = ("manifest", "votes")
"""Layouts whose files could name others outside of their folder."""


def open_for_run(
    name: str,
    root: Path | None,
    split: str | None = None,
    references: tuple[str, ...] = (),
    allow_outside_root: bool = False,
) -> Opened:
    """Open a data set and its split.

    Without ``split`` the data set's default one is used; a data set with MOS but without a published
    split gets one drawn with seed 0 (``draw0``); one without MOS is scored whole.

    Raises
    ------
    UserError
        For an unknown or incomplete data set, or a split that leaks or does not fit.
    """
    dataset = open_dataset(name, root, **({"allow_outside_root": True} if allow_outside_root else {}))
    if not len(dataset.frame):
        raise UserError(f"dataset {name}: there is no image in it; 'iqabench data check' says what was looked for")
    return Opened(dataset, _fingerprint(dataset), split_for(dataset, split))


def training_data(opened: Opened, train_on: str = "", allow_outside_root: bool = False) -> TrainingData:
    """What trained methods learn from: the data set's own training part, another data set's, or the embedded set's."""
    if train_on:
        name, _, root = train_on.partition(":")
        outside = allow_outside_root and name in OUTSIDE
        other = open_for_run(name, Path(root) if root else None, allow_outside_root=outside)
    else:
        other = opened if opened.split is not None else open_for_run(EMBEDDED, None)
    if other.split is None:
        raise UserError(f"--train-on {train_on}: that data set has no MOS to learn from")
    return TrainingData(other.dataset, other.split, other.fingerprint)


def recipe_for(training: TrainingData) -> str:
    """``paper`` for a training part of the paper's order of size, ``quick`` for a small one."""
    frame = training.split.apply(training.dataset.frame)
    return "paper" if int((frame["part"] == "train").sum()) >= PAPER_SIZED else "quick"


def _fingerprint(dataset: Dataset) -> str:
    """The data set's digest, with a bar where reading every file for the first time takes long."""
    if len(dataset.frame) < WORTH_A_BAR:
        return fingerprint(dataset)
    with Overview() as overview:
        task = overview.add(f"read {dataset.card.name}", total=0)
        seen = 0

        def progress(done: int, total: int) -> None:
            nonlocal seen
            overview.resize(task, total)
            overview.advance(task, done - seen)
            seen = done

        digest = fingerprint(dataset, progress)
        overview.end(task)
    return digest


def split_for(dataset: Dataset, asked: str | None) -> Split | None:
    """The split that is asked for, else the data set's own, else one drawn with seed 0; None to score every row."""
    name = asked or dataset.default_split
    if name is not None:
        return load_split(dataset.card.name, name)
    if not dataset.has_mos:
        return None
    contents, algorithms = (max(1, dataset.frame[column].nunique()) for column in ("content", "algorithm"))
    try:
        return draw_split(
            dataset.frame,
            seed=0,
            content_share=max(1 / 8, min(1 / 2, LEAST_VALIDATED / contents)),
            algorithm_share=max(0.44, min(1 / 2, LEAST_VALIDATED / algorithms)),
            name="draw0",
        )
    except SplitError:
        return None
