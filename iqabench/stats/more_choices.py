"""Which items of a scale are told apart, and how many more choices would tell the others apart.

Two items are told apart if the Wald test of their difference on the Bradley–Terry scale, corrected by Holm for all
pairs, is below 5 %. One more choice between them adds ``i = (P(better) + P(worse))/4 - (P(better) - P(worse))^2/4`` to
the information ``1/v`` on their difference ``d`` (``v`` its variance now, ``P`` Davidson's at ``d``; an update of rank
one, so that all other choices count as they are). The difference is found with probability 80 % once
``d^2 (1/v + n i) >= (z_a + z_b)^2``, where ``z_a`` is the quantile of the test at 5 % divided by the number of pairs
(which Holm's correction never exceeds) and ``z_b = 0.84`` that of the power. Hence

    n = ((z_a + z_b)^2 / d^2 - 1/v) / i

if the difference is as large as it seems; where it is smaller, more are needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from iqabench.stats.distributions import normal_p_value, normal_quantile
from iqabench.stats.paired_scale import PairedScale, Z
from iqabench.stats.significance import LEVEL, holm

POWER = 0.8
MOST = 100_000
"""More choices than this are as good as any number: the two items are alike."""


@dataclass(frozen=True)
class ScaledPair:
    """Two items, the better one first."""

    better: str
    worse: str
    difference: float
    low: float
    high: float
    """95 % interval of this difference alone."""
    p_adjusted: float
    """Holm's correction for all pairs of items."""
    more: int | None
    """Choices between the two that are still needed; 0 if they are told apart, None if more than :data:`MOST` are."""

    @property
    def apart(self) -> bool:
        """True if the two are told apart."""
        return self.p_adjusted < LEVEL


def scaled_pairs(scale: PairedScale) -> list[ScaledPair]:
    """Every two items of a Bradley–Terry scale, in the order of the scale."""
    order = np.argsort(-scale.values, kind="stable")
    pairs = list(combinations(order.tolist(), 2))
    gaps = np.array([scale.values[i] - scale.values[j] for i, j in pairs])
    spread = scale.covariance
    variances = np.array([spread[i, i] + spread[j, j] - 2 * spread[i, j] for i, j in pairs])
    errors = np.sqrt(variances)
    adjusted = holm(normal_p_value(np.abs(gaps) / errors))
    wanted = normal_quantile(POWER) - normal_quantile(LEVEL / len(pairs) / 2)
    return [
        ScaledPair(
            scale.names[i],
            scale.names[j],
            float(gap),
            float(gap - Z * error),
            float(gap + Z * error),
            float(p),
            0 if p < LEVEL else _more(scale, float(gap), float(error**2), wanted),
        )
        for (i, j), gap, error, p in zip(pairs, gaps, errors, adjusted, strict=True)
    ]


def _more(scale: PairedScale, gap: float, variance: float, wanted: float) -> int | None:
    better, worse, _ = scale.probabilities(gap)
    information = (better + worse) / 4 - (better - worse) ** 2 / 4
    if gap == 0 or not (wanted / gap) ** 2 < MOST * information:
        return None
    return max(1, math.ceil(((wanted / gap) ** 2 - 1 / variance) / information))
