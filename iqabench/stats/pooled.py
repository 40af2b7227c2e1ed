"""A correlation over all images at once, with an interval that rests on contents.

Images of one content resemble each other, so the interval comes from leaving out one content at a time (the delete-one
jackknife; Efron and Tibshirani 1993, chapter 11), by Student's t on Fisher's scale ``atanh``. Where there are very many
contents, as in sets of photographs, equal groups of them are left out instead: it costs less, and says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import Floats, Indices, group_rows
from iqabench.stats.contents import CONFIDENCE
from iqabench.stats.correlation import srcc
from iqabench.stats.distributions import t_reach

MOST_GROUPS = 100
"""With more contents than this, groups of them are left out in turn."""
LARGEST = 1 - 1e-12
"""Fisher's scale ends at 1."""


@dataclass(frozen=True)
class PooledSrcc:
    """SRCC over all images, with the bounds of its 95 % interval; NaN where undefined."""

    value: float
    low: float
    high: float


def pooled_srcc(runs: Sequence[ArrayLike], mos: ArrayLike, content: ArrayLike) -> PooledSrcc:
    """The mean over ``runs`` of SRCC over all images, and its interval over contents.

    Parameters
    ----------
    runs:
        Scores ``(images,)`` of each seed of one method, higher meaning better, all finite.
    mos:
        ``(images,)``, finite, higher meaning better.
    content:
        ``(images,)`` names.

    Returns
    -------
    PooledSrcc
        Bounds are NaN with fewer than two contents, or if SRCC is undefined without one of them.
    """
    scores = [np.asarray(one, dtype=np.float64) for one in runs]
    labels = np.asarray(mos, dtype=np.float64)
    value = _mean(scores, labels)
    groups = _groups(content)
    if len(groups) < 2 or np.isnan(value):
        return PooledSrcc(value, float("nan"), float("nan"))
    kept = [np.concatenate([rows for rows in groups if rows is not left_out]) for left_out in groups]
    without = _fisher(np.array([_mean([one[rows] for one in scores], labels[rows]) for rows in kept]))
    freedom = len(groups) - 1
    error = np.sqrt(freedom / len(groups) * np.sum((without - without.mean()) ** 2))
    reach = t_reach(CONFIDENCE, freedom) * error
    middle = _fisher(np.array(value))
    low, high = (float(np.tanh(end)) for end in (middle - reach, middle + reach))
    return PooledSrcc(value, min(low, value), max(high, value))  # at the ends of the scale rounding would leave it out


def _groups(content: ArrayLike) -> list[Indices]:
    """Rows of each content, or of each of :data:`MOST_GROUPS` groups of contents in the order of their names."""
    rows = list(group_rows(content).values())
    if len(rows) <= MOST_GROUPS:
        return rows
    return [np.concatenate([rows[i] for i in part]) for part in np.array_split(np.arange(len(rows)), MOST_GROUPS)]


def _mean(runs: Sequence[Floats], mos: Floats) -> float:
    return float(np.mean([srcc(one, mos) for one in runs]))


def _fisher(values: Floats) -> Floats:
    return np.arctanh(np.clip(values, -LARGEST, LARGEST))
