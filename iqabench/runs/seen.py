"""Did training see what is scored? Contents of both parts are compared as pictures, whatever they are called."""

from __future__ import annotations

import pandas as pd

from iqabench._util.progress import Overview
from iqabench._util.text import counted
from iqabench.data.scenes import SameScene, Scene, same_scenes, scenes_of
from iqabench.data.splits import TRAIN
from iqabench.training.cache import TrainingData

MOST_FOR_CROPS = 400
"""Contents up to which crops are looked for, too: each takes about a tenth of a second."""
WORTH_A_BAR = 2000
"""Contents from which on reading one image of each takes long enough to be shown."""
NAMED = 3
"""Contents that a note names."""


class SeenContents:
    """The note on scored contents that training shows, too: looked for once, where something is trained or scored."""

    def __init__(self) -> None:
        self._note: str | None = None

    def note(self, training: TrainingData, rows: pd.DataFrame, same_set: bool, overview: Overview) -> str:
        """The note; empty if no content was seen.

        Within one set (``same_set``) whole pictures are compared, between two sets crops as well, unless there are
        more than :data:`MOST_FOR_CROPS` contents.
        """
        if self._note is None:
            parts = training.split.apply(training.dataset.frame)
            learnt, scored = scenes_of(parts[parts["part"] == TRAIN]), scenes_of(rows)
            crops = not same_set and len(learnt) + len(scored) <= MOST_FOR_CROPS
            self._note = _note(_pairs(scored, learnt, crops, overview), len(scored))
            if self._note:
                overview.say(f"note: {self._note}")
        return self._note


def _pairs(scored: list[Scene], learnt: list[Scene], crops: bool, overview: Overview) -> list[SameScene]:
    """Pairs of one scene, with a bar where that takes long."""
    if not crops and len(scored) + len(learnt) < WORTH_A_BAR:
        return same_scenes(scored, learnt, crops=False, skip_unreadable=True)
    task = overview.add("compare contents with those of training", total=0)
    before = 0

    def progress(done: int, total: int) -> None:
        nonlocal before
        overview.resize(task, total)
        overview.advance(task, done - before)
        before = done

    pairs = same_scenes(scored, learnt, progress, crops=crops, skip_unreadable=True)
    overview.end(task)
    return pairs


def _note(pairs: list[SameScene], scored: int) -> str:
    twins: dict[str, str] = {}
    for pair in pairs:
        twins.setdefault(pair.ours.content, pair.theirs.content)
    if not twins:
        return ""
    named = [f"{ours} is {theirs}" for ours, theirs in list(twins.items())[:NAMED]]
    more = f" and {len(twins) - NAMED} more" if len(twins) > NAMED else ""
    seen = "shows a scene" if len(twins) == 1 else "show scenes"
    return (
        f"{len(twins)} of {counted(scored, 'content')} scored {seen} that training has seen, by their pictures "
        f"({', '.join(named)}{more}): figures may be too good"
    )
