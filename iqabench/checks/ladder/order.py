"""From the scores of rungs to the share of pairs in order, with its interval over contents."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from iqabench.checks.ladder.climb import Climb
from iqabench.checks.ladder.faults import FAULTS, LEVELS
from iqabench.checks.ladder.starts import STARTS
from iqabench.stats.contents import content_ratio

ALL = "all"
_PAIRS = np.array(list(combinations(LEVELS, 2)))


@dataclass(frozen=True)
class Share:
    """How many of the pairs of rungs a method puts in order."""

    method: str
    kind: str
    """Of fault; ``all`` for every kind."""
    start: str
    """What faults were put on; ``all`` for every start."""
    share: float
    """In [0, 1]; equal scores count one half; NaN if a score is missing."""
    low: float
    high: float
    pairs: int
    contents: int


def shares(climb: Climb) -> pd.DataFrame:
    """One row for each method, kind and start, and for ``all`` of each; columns are the fields of :class:`Share`.

    A pair is two rungs of one content, start and kind; the restoration without a fault is the lowest rung. It is in
    order if the rung with the stronger fault has the worse score.
    """
    return pd.DataFrame([share for name in climb.names for share in _of_method(climb, name)])


def _of_method(climb: Climb, name: str) -> list[Share]:
    contents = climb.frame["content"].unique().tolist()
    scores = climb.signed(name).to_numpy(dtype=np.float64)
    # The frame is laid out so: see climb().
    ladders = scores.reshape(len(contents), len(STARTS), len(FAULTS), len(LEVELS))
    weaker, stronger = ladders[..., _PAIRS[:, 0]], ladders[..., _PAIRS[:, 1]]
    in_order = np.where(np.isnan(weaker - stronger), np.nan, (1 + np.sign(weaker - stronger)) / 2)
    found = []
    for kind in (*(fault.kind for fault in FAULTS), ALL):
        for start in (*STARTS, ALL):
            kinds = slice(None) if kind == ALL else [[fault.kind for fault in FAULTS].index(kind)]
            starts = slice(None) if start == ALL else [STARTS.index(start)]
            part = in_order[:, starts][:, :, kinds].reshape(len(contents), -1)
            over = content_ratio(part.sum(1), np.full(len(contents), float(part.shape[1])), (0.0, 1.0))
            figures = (float(over.value), float(over.low), float(over.high))
            found.append(Share(name, kind, start, *figures, int(part.size), len(contents)))
    return found
