"""Which figures of a column are the best and the second."""

from __future__ import annotations

import numpy as np

from iqabench.render.table import Emphasis
from iqabench.stats.arrays import Floats, comparable


def best_and_second(values: Floats) -> list[Emphasis]:
    """``best`` and ``second`` beside each of the values, of which higher is better.

    Equal values are marked alike, and nothing is marked where all are equal. NaN and infinity take no part.
    """
    values = comparable(values)
    distinct = np.unique(values[np.isfinite(values)])[::-1]
    if distinct.size < 2:
        return [""] * len(values)
    return ["best" if value == distinct[0] else "second" if value == distinct[1] else "" for value in values]
