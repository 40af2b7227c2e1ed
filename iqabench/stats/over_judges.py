"""Intervals of a scale over judges: whole judges are drawn, since the choices of one judge hang together.

The interval from the Fisher information takes every choice for a person of its own. Where judges differ in what they
like, a judge of a hundred choices is nearer to one opinion than to a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats
from iqabench.stats.choices import ChoiceCounts
from iqabench.stats.paired_scale import PairedScale

DRAWS = 400
FEW = 10
"""With fewer judges a percentile interval is clearly too narrow."""
LEAST_USED = 0.9
"""Share of the draws that must give a scale for an interval."""
Fit = Callable[[ChoiceCounts, PairedScale], PairedScale]
"""From choices and a scale to begin at, to the scale of these choices."""


@dataclass(frozen=True)
class JudgeIntervals:
    """95 % percentile intervals of the items of a scale, by a bootstrap over judges."""

    low: Floats
    """``(items,)`` in the order of the scale's names; NaN where there is no interval."""
    high: Floats
    judges: int
    draws: int
    used: int
    """Draws whose choices connect all items."""

    @property
    def known(self) -> bool:
        """True if there are intervals."""
        return self.judges > 1 and self.used >= LEAST_USED * self.draws


def over_judges(scale: PairedScale, by_judge: Iterable[ChoiceCounts], fit: Fit, draws: int = DRAWS) -> JudgeIntervals:
    """Draw as many judges as there are, with replacement, fit again, and take percentiles.

    Parameters
    ----------
    scale
        That of all judges.
    by_judge
        The choices of each judge, all with the names of ``scale``; taken one after the other, and never held all at
        once as the square tables that they are.
    fit
        How ``scale`` was fitted.
    draws
        How often; the seed is fixed, so that the same choices give the same intervals.
    """
    said = [_sparse(counts) for counts in by_judge]
    judges = len(said)
    found: list[Floats] = []
    if judges > 1:
        weights = np.random.default_rng(0).multinomial(judges, np.full(judges, 1 / judges), size=draws).astype(float)
        tables, shape = sparse.vstack(said, format="csr"), (2, len(scale.names), len(scale.names))
        # Of few judges there are few different draws: of four, 35.
        different, which = np.unique(weights, axis=0, return_inverse=True)
        for drawn, often in zip(different, np.bincount(which.reshape(-1)), strict=True):
            counts = ChoiceCounts(scale.names, *(drawn @ tables).reshape(shape))
            try:
                found += [fit(counts, scale).values] * int(often)
            except DataError:  # these judges compared too little
                continue
    unknown = np.full(len(scale.names), np.nan)
    intervals = JudgeIntervals(unknown, unknown, judges, draws, len(found))
    if not intervals.known:
        return intervals
    low, high = np.percentile(np.stack(found), [2.5, 97.5], axis=0)
    return JudgeIntervals(low, high, judges, draws, len(found))


def _sparse(counts: ChoiceCounts) -> sparse.csr_array:
    """Wins and ties ``(1, 2 * items * items)``: a judge sees few of the pairs of many items."""
    return sparse.csr_array(np.stack([counts.wins, counts.ties]).reshape(1, -1))
