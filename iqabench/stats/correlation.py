"""Correlation of scores with mean opinion scores: pooled, and within each content.

Scores come in with their sign already turned so that higher is better; nothing here takes an
absolute value, so a metric that points the wrong way gets a negative number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from iqabench.stats.arrays import Floats, finite_vectors, group_rows, is_constant

Correlation = Callable[[ArrayLike, ArrayLike], float]
MINIMUM_POINTS = 3
ROUNDING = 1e-13
"""Spread relative to the mean below which a variation is only rounding (scipy's own threshold)."""


def plcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Pearson's linear correlation of two vectors ``(n,)``, in [-1, 1].

    NaN for fewer than 3 points or if one vector is constant (up to rounding).
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    return _pearson(x, y) if x.size >= MINIMUM_POINTS else float("nan")


def srcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Spearman's rank correlation of two vectors ``(n,)``, ties at their mean rank, in [-1, 1].

    NaN for fewer than 3 points or a constant vector.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    if x.size < MINIMUM_POINTS:
        return float("nan")
    return _pearson(stats.rankdata(x), stats.rankdata(y))


def krcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Kendall's rank correlation tau-b of two vectors ``(n,)``, in [-1, 1].

    NaN for fewer than 3 points or a constant vector.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    if x.size < MINIMUM_POINTS or is_constant(x) or is_constant(y):
        return float("nan")
    return float(stats.kendalltau(x, y, method="asymptotic").statistic)


def _pearson(x: Floats, y: Floats) -> float:
    # Scaled first, so that squares neither overflow nor vanish; scipy's pearsonr is the test's oracle.
    deviations = []
    for values in (x, y):
        largest = np.abs(values).max()
        if largest == 0:
            return float("nan")
        scaled = values / largest
        centred = scaled - scaled.mean()
        norm = np.linalg.norm(centred)
        if norm <= ROUNDING * np.sqrt(values.size):
            return float("nan")
        deviations.append(centred / norm)
    return float(np.clip(deviations[0] @ deviations[1], -1.0, 1.0))


@dataclass(frozen=True)
class WithinContent:
    """A statistic computed within each content, and its mean."""

    mean: float
    """Mean over the contents where the statistic is defined; NaN if there is none."""
    per_content: dict[str, float]
    """By content, in sorted order; NaN where undefined."""
    undefined: list[str]
    """Contents where the statistic is undefined: a constant vector, or fewer than 3 images."""

    @property
    def vector(self) -> Floats:
        """Per-content values ``(contents,)`` in sorted order of the contents."""
        return np.fromiter(self.per_content.values(), dtype=np.float64)


def within_content(statistic: Correlation, scores: ArrayLike, mos: ArrayLike, content: ArrayLike) -> WithinContent:
    """Compute ``statistic`` within each content, then average (the protocol of the CKDN paper).

    Parameters
    ----------
    statistic:
        ``statistic(scores, mos) -> float``, NaN where undefined.
    scores, mos:
        ``(n,)``; scores with higher meaning better.
    content:
        ``(n,)`` names.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    per_content = {str(name): statistic(x[rows], y[rows]) for name, rows in group_rows(content).items()}
    undefined = [name for name, value in per_content.items() if np.isnan(value)]
    defined = [value for value in per_content.values() if not np.isnan(value)]
    return WithinContent(float(np.mean(defined)) if defined else float("nan"), per_content, undefined)
