"""Student's t and the normal distribution, from the functions that ``scipy.stats`` computes them with.

``scipy.stats`` itself takes longer to import than most commands work, and checks its arguments for longer than a small
table takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from iqabench.stats.arrays import Floats


def t_reach(level: float, freedom: ArrayLike) -> Floats:
    """Half of the width of a two-sided interval by Student's t, in standard errors; ``level`` is 0.95, say."""
    return np.asarray(special.stdtrit(freedom, (1 + level) / 2))


def t_p_value(t: ArrayLike, freedom: ArrayLike) -> Floats:
    """Two-sided p-value of ``t``, which is not negative, by Student's t."""
    return np.asarray(2 * special.stdtr(freedom, -np.asarray(t)))


def normal_quantile(share: float) -> float:
    """Below which a share of a normal distribution lies, in standard deviations."""
    return float(special.ndtri(share))


def normal_p_value(z: ArrayLike) -> Floats:
    """Two-sided p-value of ``z``, which is not negative, by the normal distribution."""
    return np.asarray(2 * special.ndtr(-np.asarray(z)))
