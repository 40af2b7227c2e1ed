"""Methods compared over several data sets: average ranks, and the tests of their differences.

The unit is the data set. Friedman's test asks whether any method differs. Which two do is asked of Wilcoxon's
signed-rank test, corrected by Holm (Benavoli et al. 2016); where there are too few sets for it to tell any two of so
many methods apart, of Nemenyi's test, whose critical difference is one of average ranks (Demsar 2006). Which of the two
is asked depends on how many sets and methods there are, never on their figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iqabench.stats.arrays import Floats, mean_ranks
from iqabench.stats.contents import Interval, content_mean
from iqabench.stats.significance import LEVEL, holm

LEAST_SETS = 3
"""Two sets cannot tell any two methods apart."""
LEAST_RANKS = 3
"""Ranks from which on an average rank has an interval."""
LEAST_METHODS = 3
"""Friedman's test compares three or more."""


def ranks_by_set(figures: ArrayLike) -> Floats:
    """Ranks within each set, 1 for the highest figure; equal figures share the mean of their ranks.

    Parameters
    ----------
    figures:
        ``(methods, sets)``, higher is better; NaN where a method takes no part.

    Returns
    -------
    Array
        ``(methods, sets)``; NaN as in ``figures``. On a set where fewer methods take part than elsewhere, ranks are
        stretched, so that its last has the rank of the last where most take part.
    """
    values = np.asarray(figures, dtype=np.float64)
    ranks = np.full(values.shape, np.nan)
    present = np.isfinite(values)
    most = int(present.sum(axis=0).max(initial=0))
    for place in range(values.shape[1]):
        rows = present[:, place]
        if number := int(rows.sum()):
            stretch = (most - 1) / (number - 1) if number > 1 else 1.0
            ranks[rows, place] = 1 + (mean_ranks(-values[rows, place]) - 1) * stretch
    return ranks


def average_ranks(ranks: Floats) -> Interval:
    """The mean over sets of each row of :func:`ranks_by_set`, with its 95 % interval by Student's t over sets.

    Bounds are NaN for a row with fewer than :data:`LEAST_RANKS` ranks, and for one whose ranks are all equal: that few
    sets agree is no sign of certainty.
    """
    found = content_mean(ranks, (1.0, float(np.nanmax(ranks, initial=1.0))))
    known = np.isfinite(ranks)
    differ = np.max(ranks, axis=1, where=known, initial=-np.inf) > np.min(ranks, axis=1, where=known, initial=np.inf)
    enough = (known.sum(axis=1) >= LEAST_RANKS) & differ
    return replace(found, low=np.where(enough, found.low, np.nan), high=np.where(enough, found.high, np.nan))


@dataclass(frozen=True)
class SetsTest:
    """Whether methods differ over the sets on which all of them have a figure."""

    rows: NDArray[np.intp]
    """Methods that take part: those with a figure on every set."""
    sets: int
    average: Floats
    """Average ranks ``(rows,)`` among these methods alone."""
    friedman: float
    """Friedman's statistic; NaN with fewer than three methods or two sets."""
    p: float
    """Its p-value, by the chi-squared distribution, which is rough for few sets."""
    kind: Literal["wilcoxon", "nemenyi", ""]
    """The test behind ``significant``; empty if there are too few sets or methods for any."""
    critical: float
    """Average ranks that differ by as much are told apart by Nemenyi's test; NaN for the other."""
    significant: NDArray[np.bool_]
    """``(rows, rows)``: True where two methods are told apart."""

    @property
    def pairs(self) -> int:
        """How many pairs of methods there are, which Holm's correction counts."""
        return len(self.rows) * (len(self.rows) - 1) // 2


def compare_over_sets(figures: ArrayLike) -> SetsTest:
    """Test the methods that have a figure on every set; ``figures`` as for :func:`ranks_by_set`."""
    values = np.asarray(figures, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(values).all(axis=1))
    chosen = values[rows]
    sets, methods = values.shape[1], len(rows)
    statistic = p = critical = float("nan")
    if methods >= LEAST_METHODS and sets > 1 and np.ptp(chosen, axis=0).any():
        from scipy import stats  # takes long to import, and few commands come here

        found = stats.friedmanchisquare(*chosen)
        statistic, p = float(found.statistic), float(found.pvalue)
    average = ranks_by_set(chosen).mean(axis=1) if sets else np.full(methods, np.nan)
    kind = which_test(sets, methods)
    apart = np.zeros((methods, methods), dtype=bool)
    if kind == "wilcoxon":
        first, second = np.triu_indices(methods, k=1)
        each = [_wilcoxon(chosen[a] - chosen[b]) for a, b in zip(first, second, strict=True)]
        apart[first, second] = holm(each) < LEVEL
        apart |= apart.T
    elif kind == "nemenyi":
        critical = critical_difference(methods, sets)
        apart = np.abs(average[:, None] - average) >= critical
    return SetsTest(rows, sets, average, statistic, p, kind, critical, apart)


def which_test(sets: int, methods: int) -> Literal["wilcoxon", "nemenyi", ""]:
    """The test of two methods: Wilcoxon's if it could tell two of so many apart, else Nemenyi's, or none."""
    pairs = methods * (methods - 1) // 2
    # The smallest p-value that so many sets can give, if one method leads on each.
    if pairs and 2.0 ** (1 - sets) * pairs < LEVEL:
        return "wilcoxon"
    return "nemenyi" if sets >= LEAST_SETS and methods >= LEAST_METHODS else ""


def critical_difference(methods: int, sets: int) -> float:
    """Nemenyi's critical difference of average ranks at 5 % (Demsar 2006, section 3.2.2)."""
    from scipy import stats

    quantile = stats.studentized_range.ppf(1 - LEVEL, methods, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(methods * (methods + 1) / (6 * sets)))


def _wilcoxon(differences: Floats) -> float:
    if not differences.any():
        return 1.0
    from scipy import stats

    return float(stats.wilcoxon(differences).pvalue)
