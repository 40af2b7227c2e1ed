"""Contents that two data sets share, as findings of ``iqabench data check``."""

from __future__ import annotations

from pathlib import Path

from iqabench._util.errors import UserError
from iqabench.data.base import Dataset
from iqabench.data.check import WARNING, Finding
from iqabench.data.open import DatasetRegistry
from iqabench.data.scenes import BITS, Scene, same_scenes, scenes_below, scenes_of
from iqabench.data.workers import Progress

ADVICE = "learn from one of the two only where the other is not scored"


def find_overlap(
    dataset: Dataset, against: str, datasets: DatasetRegistry, progress: Progress | None = None
) -> list[Finding]:
    """A warning for each pair of images of one scene, nearest first.

    Parameters
    ----------
    against
        ``NAME`` or ``NAME:ROOT`` of a data set, or a folder of images.

    Raises
    ------
    UserError
        If ``against`` is neither; DataError if an image cannot be read.
    """
    name, theirs = _scenes(against, datasets)
    ours = scenes_of(dataset.frame)
    pairs = same_scenes(ours, theirs, progress)
    if theirs == ours:  # a data set against itself: every pair once, and no content with itself
        pairs = [pair for pair in pairs if pair.ours < pair.theirs]
    return [
        Finding(
            WARNING,
            pair.ours.path,
            pair.ours.content,
            f"content {pair.ours.content} shows the same scene as {pair.theirs.content} of {name}: "
            f"{pair.distance} of {BITS} bits of their hashes differ",
            ADVICE,
        )
        for pair in pairs
    ]


def _scenes(against: str, datasets: DatasetRegistry) -> tuple[str, list[Scene]]:
    """The scenes of the other side, and what it is called."""
    name, colon, root = against.partition(":")
    if name in datasets.names():
        other = datasets.open(name, Path(root) if root else None)
        return other.card.name, scenes_of(other.frame)
    folder = Path(against).expanduser()
    if folder.is_dir():
        return folder.name, scenes_below(folder)
    raise UserError(
        f"--against {against}: neither a folder of images nor a data set"
        f"{'' if colon else ' (' + ', '.join(sorted(datasets.names())) + ')'}"
    )
