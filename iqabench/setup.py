"""Opens what a run needs: data set, fingerprint, split, and what trained methods learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iqabench.datasets import open_dataset
from iqabench.datasets.base import Dataset
from iqabench.datasets.fingerprint import fingerprint
from iqabench.errors import SplitError, UserError
from iqabench.splits import Split, draw_split, load_split
from iqabench.trained import TrainingData

EMBEDDED = "mini"
PAPER_SIZED = 2000
"""Training images from which on a method's full recipe is the default."""

LEAST_VALIDATED = 3
"""Contents and algorithms that a drawn split validates at least: fewer give no correlation, and no interval."""


@dataclass(frozen=True)
class Opened:
    """A data set, checked and ready to be scored."""

    dataset: Dataset
    fingerprint: str
    split: Split | None


def open_for_run(name: str, root: Path | None, split: str | None = None, references: tuple[str, ...] = ()) -> Opened:
    """Open a data set and its split.

    Without ``split`` the data set's default one is used; a data set with MOS but without a published
    split gets one drawn with seed 0 (``draw0``); one without MOS is scored whole.

    Raises
    ------
    UserError
        For an unknown or incomplete data set, or a split that leaks or does not fit.
    """
    dataset = open_dataset(name, root)
    if not len(dataset.frame):
        raise UserError(f"dataset {name}: there is no image in it; 'iqabench data check' says what was looked for")
    return Opened(dataset, fingerprint(dataset), _split(dataset, split))


def training_data(opened: Opened, train_on: str = "") -> TrainingData:
    """What trained methods learn from: the data set's own training part, another data set's, or the embedded set's."""
    if train_on:
        name, _, root = train_on.partition(":")
        other = open_for_run(name, Path(root) if root else None)
    else:
        other = opened if opened.split is not None else open_for_run(EMBEDDED, None)
    if other.split is None:
        raise UserError(f"--train-on {train_on}: that data set has no MOS to learn from")
    return TrainingData(other.dataset, other.split, other.fingerprint)


def recipe_for(training: TrainingData) -> str:
    """``paper`` for a training part of the paper's order of size, ``quick`` for a small one."""
    frame = training.split.apply(training.dataset.frame)
    return "paper" if int((frame["part"] == "train").sum()) >= PAPER_SIZED else "quick"


def _split(dataset: Dataset, asked: str | None) -> Split | None:
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
