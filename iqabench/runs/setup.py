"""Opens what a run needs: data set, fingerprint, split, and what trained methods learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iqabench._util import waiting
from iqabench._util.errors import SplitError, UserError
from iqabench._util.progress import Overview
from iqabench.data.base import Dataset
from iqabench.data.fingerprint import fingerprint
from iqabench.data.open import DatasetRegistry
from iqabench.data.splits import Split, draw_split, split_of
from iqabench.training.cache import TrainingData
from iqabench.training.joint import joint_training

EMBEDDED = "mini"
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
    notes: tuple[str, ...] = ()
    """What the user should know of how the split was drawn."""


def open_for_run(
    name: str,
    root: Path | None,
    split: str | None = None,
    references: tuple[str, ...] = (),
    allow_outside_root: bool = False,
    mos_direction: str | None = None,
    datasets: DatasetRegistry | None = None,
) -> Opened:
    """Open a data set and its split; ``datasets`` finds it, default: among those that are installed.

    Without ``split`` the data set's default one is used; a data set with MOS but without a published
    split gets one drawn with seed 0 (``draw0``), by contents alone if it names fewer than two algorithms; one
    without MOS, with a single content, or that names no contents either is scored whole. ``notes`` say why.

    Raises
    ------
    UserError
        For an unknown or incomplete data set, or a split that leaks or does not fit.
    """
    datasets = datasets or DatasetRegistry()
    with waiting.at(f"reading the data set {name}"):
        dataset = datasets.open(name, root, **datasets.reader_options(name, allow_outside_root, mos_direction))
    if not len(dataset.frame):
        raise UserError(f"dataset {name}: there is no image in it; 'iqabench data check' says what was looked for")
    chosen, notes = _split(dataset, split)
    return Opened(dataset, _fingerprint(dataset), chosen, tuple(notes))


def training_data(
    opened: Opened, train_on: str = "", allow_outside_root: bool = False, datasets: DatasetRegistry | None = None
) -> TrainingData | None:
    """What trained methods learn from: the data set's own training part, or another data set's.

    Without ``train_on`` a data set without labels gives way to the embedded set, which :func:`said_of_training` says;
    one whose labels cannot be split gives None: methods that must be trained are then refused.
    """
    if train_on:
        return other_training_data(train_on, allow_outside_root, datasets)
    if opened.split is not None:
        return TrainingData(opened.dataset, opened.split, opened.fingerprint)
    return None if opened.dataset.has_mos else other_training_data(EMBEDDED)


def other_training_data(
    train_on: str, allow_outside_root: bool = False, datasets: DatasetRegistry | None = None
) -> TrainingData:
    """The training part of the data set ``NAME[:ROOT]``, or of several with commas between them, as one.

    Raises
    ------
    UserError
        If one cannot be opened, or has no labels that can be split.
    """
    datasets = datasets or DatasetRegistry()
    words = training_words(train_on, datasets)
    if len(words) > 1:
        return joint_training([_other_training_data(word, allow_outside_root, datasets) for word in words])
    return _other_training_data(train_on, allow_outside_root, datasets)


def training_words(train_on: str, datasets: DatasetRegistry) -> list[str]:
    """Each ``NAME[:ROOT]`` of ``--train-on``: a comma that no known name follows is part of a path."""
    known = set(datasets.names())
    words: list[str] = []
    for piece in train_on.split(","):
        if words and ":" in words[-1] and piece.partition(":")[0].strip() not in known:
            words[-1] += f",{piece}"
        else:
            words.append(piece.strip())
    return words


def _other_training_data(train_on: str, allow_outside_root: bool, datasets: DatasetRegistry) -> TrainingData:
    name, _, root = train_on.partition(":")
    outside = allow_outside_root and datasets.names_files(name)
    other = open_for_run(name, Path(root) if root else None, allow_outside_root=outside, datasets=datasets)
    if other.split is None:
        reason = "; ".join(other.notes) if other.dataset.has_mos else "that data set has no MOS to learn from"
        raise UserError(f"--train-on {train_on}: {reason}")
    return TrainingData(other.dataset, other.split, other.fingerprint)


def said_of_training(opened: Opened, training: TrainingData | None, train_on: str) -> str:
    """One line for the user where trained methods learn from a set that nobody named; else empty."""
    if training is None or train_on or training.dataset.card.name == opened.dataset.card.name:
        return ""
    return (
        f"{opened.dataset.card.name} has no MOS to learn from: trained methods learn from the embedded set "
        f"{training.dataset.card.name} ({training.dataset.card.label_kind} labels); --train-on NAME:ROOT names another"
    )


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
    return _split(dataset, asked)[0]


def _split(dataset: Dataset, asked: str | None) -> tuple[Split | None, list[str]]:
    """The split of :func:`split_for`, and what the user should know of how it was drawn."""
    name = asked or dataset.default_split
    if name is not None:
        return split_of(dataset, name), []
    if not dataset.has_mos:
        return None, []
    contents = dataset.frame["content"].nunique()
    named = dataset.frame["algorithm"] != ""
    algorithms = dataset.frame.loc[named, "algorithm"].nunique()
    by_both = algorithms > 1
    if contents == len(dataset.frame) and not by_both:
        return None, [
            "every image is scored, and none is kept to train on: the data set names neither contents nor algorithms, "
            "so a split could train on the scenes that it scores; add a column 'content', or give --split FOLDER"
        ]
    try:
        split = draw_split(
            dataset.frame,
            seed=0,
            content_share=max(1 / 8, min(1 / 2, LEAST_VALIDATED / contents)),
            algorithm_share=max(0.44, min(1 / 2, LEAST_VALIDATED / algorithms)) if by_both else 0,
            name="draw0",
        )
    except SplitError as error:
        return None, [f"every image is scored, since no training part can be split off: {error}"]
    notes = []
    if not by_both:
        found = "one algorithm" if algorithms else "no algorithms"
        notes.append(f"{dataset.card.name} names {found}: split by content alone, so algorithms are not unseen")
    elif not named.all():
        notes.append(f"{int((~named).sum())} images name no algorithm and are in neither part of the split")
    return split, notes
