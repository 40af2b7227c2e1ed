"""Area under the ROC curve with its variance, and the analysis of Krasula et al. (QoMEX 2016) that rests on it.

Variance: DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
characteristic curves: a nonparametric approach" (Biometrics 1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import Floats, finite_vectors, mean_ranks
from iqabench.stats.distributions import normal_p_value, normal_quantile
from iqabench.stats.judged import JudgedPairs

ROUNDING = 1e-14


@dataclass(frozen=True)
class Area:
    """Area under a ROC curve."""

    value: float
    """In [0, 1]; one half is chance. NaN without a case of each kind."""
    deviation: float
    """DeLong's standard error; NaN with fewer than two cases of a kind."""
    of_positive: Floats
    of_negative: Floats
    """DeLong's structural components ``(cases,)``: the share of the other kind that a case is on the right side of."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The 95 % interval, within [0, 1]."""
        half = normal_quantile(0.975) * self.deviation
        return float(np.clip(self.value - half, 0, 1)), float(np.clip(self.value + half, 0, 1))


@dataclass(frozen=True)
class AreaDifference:
    """The first area minus the second, on the same cases."""

    value: float
    deviation: float
    p: float
    """Two-sided; NaN where the standard error is 0 or unknown."""


def area(positive: ArrayLike, negative: ArrayLike) -> Area:
    """How often a value of ``positive`` is larger than one of ``negative``; ties count one half.

    Parameters
    ----------
    positive, negative
        ``(cases,)`` of each kind, finite.

    Examples
    --------
    >>> area([2.0, 3.0], [1.0, 2.0]).value
    0.875
    """
    (high,), (low,) = finite_vectors(positive=positive), finite_vectors(negative=negative)
    if not (high.size and low.size):
        return Area(float("nan"), float("nan"), np.full(high.size, np.nan), np.full(low.size, np.nan))
    # Midranks give the components in O(n log n) (Sun and Xu, IEEE Signal Processing Letters 2014).
    ranks = mean_ranks(np.concatenate([high, low]))
    of_high = (ranks[: high.size] - mean_ranks(high)) / low.size
    of_low = 1 - (ranks[high.size :] - mean_ranks(low)) / high.size
    deviation = float(np.sqrt(_covariance(of_high, of_high, of_low, of_low)))
    return Area(float(of_high.mean()), deviation, of_high, of_low)


def area_difference(one: Area, other: Area) -> AreaDifference:
    """DeLong's test of two areas on the same cases."""
    variance = (
        one.deviation**2
        + other.deviation**2
        - 2 * _covariance(one.of_positive, other.of_positive, one.of_negative, other.of_negative)
    )
    # Equal areas leave a variance of rounding errors.
    deviation = float(np.sqrt(variance)) if variance > ROUNDING else 0.0 * variance
    gap = one.value - other.value
    p = float(normal_p_value(abs(gap) / deviation)) if deviation > 0 else float("nan")
    return AreaDifference(gap, deviation, p)


def different_or_similar(scores: ArrayLike, pairs: JudgedPairs) -> Area:
    """Do scores differ more where judges tell two images apart?

    Positive cases are the pairs that differ to judges, their value is the size of the difference of ``scores``
    ``(images,)``.
    """
    gaps = np.abs(_gaps(scores, pairs))
    return area(gaps[pairs.different], gaps[~pairs.different])


def better_or_worse(scores: ArrayLike, pairs: JudgedPairs) -> Area:
    """Of pairs that judges tell apart: is the difference of scores larger towards the better image?

    Each pair is one case in both directions. So positive and negative cases are the same pairs, and DeLong's variance,
    which takes them for independent, does not hold; here it is that of a U-statistic over pairs.
    """
    gaps = _gaps(scores, pairs)[pairs.different] * pairs.verdicts[pairs.different]
    found = area(gaps, -gaps)
    count = gaps.size
    if count < 2:
        return Area(found.value, float("nan"), found.of_positive, found.of_negative)
    # A U-statistic of two arguments: its variance is 4 times that of its projection, divided by the number of pairs.
    deviation = float(2 * np.std(found.of_positive, ddof=1) / np.sqrt(count))
    return Area(found.value, deviation, found.of_positive, found.of_negative)


def correct_side(scores: ArrayLike, pairs: JudgedPairs) -> Floats:
    """Of pairs that judges tell apart: 1 where ``scores`` agree, one half where they tie, else 0; ``(different,)``."""
    signs = np.sign(_gaps(scores, pairs)[pairs.different])
    return np.asarray((1 + signs * pairs.verdicts[pairs.different]) / 2)


def tie_accuracy(scores: ArrayLike, pairs: JudgedPairs) -> tuple[float, float]:
    """Share of pairs called better, worse or similar as judges call them, and the zone that gives it.

    Scores that differ by no more than the zone are called similar. Each method has the zone that suits these pairs best
    ("tie calibration": Deutsch, Foster and Freitag, "Ties Matter", EMNLP 2023), so that methods on any scale can be
    compared. NaN without a pair.
    """
    gaps = _gaps(scores, pairs)
    if not gaps.size:
        return float("nan"), float("nan")
    order = np.argsort(np.abs(gaps), kind="stable")
    sizes = np.abs(gaps)[order]
    right = ((np.sign(gaps) == pairs.verdicts) & pairs.different)[order]
    similar = ~pairs.different[order]
    # With the first k pairs inside the zone, the similar among them are right; of the others, those on the right side.
    correct = np.concatenate([[0], np.cumsum(similar)]) + right.sum() - np.concatenate([[0], np.cumsum(right)])
    # A zone cannot part equal differences, nor leave out scores that tie.
    allowed = np.concatenate([[sizes[0] > 0], sizes[1:] > sizes[:-1], [True]])
    best = int(np.flatnonzero(allowed)[np.argmax(correct[allowed])])
    return float(correct[best] / gaps.size), float(sizes[best - 1]) if best else 0.0


def _gaps(scores: ArrayLike, pairs: JudgedPairs) -> Floats:
    values = np.asarray(scores, dtype=np.float64)
    return np.asarray(values[pairs.a] - values[pairs.b])


def _covariance(first_high: Floats, second_high: Floats, first_low: Floats, second_low: Floats) -> float:
    if min(first_high.size, first_low.size) < 2:
        return float("nan")
    return float(
        np.cov(first_high, second_high)[0, 1] / first_high.size + np.cov(first_low, second_low)[0, 1] / first_low.size
    )
