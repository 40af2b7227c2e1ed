"""Which of two methods is better, and how sure that is: the one test behind every table, comparison and report.

``table``, ``compare``, ``report`` and their JSON ask :class:`Pairwise`, so that they cannot disagree. A verdict rests
on the p-value corrected by Holm for all pairs of ranked rows stored on the same data and split, shown or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iqabench._util.text import counted
from iqabench.stats.contents import Interval, content_ratio
from iqabench.stats.significance import LEVEL, holm

LEAST_CONTENTS = 6
"""With fewer contents there is no test: that one method leads in each of five happens by chance once in 16."""

Verdict = Literal["better", "worse", "same", "untested"]


@dataclass(frozen=True)
class Difference:
    """Figure of one method minus that of another, over the same contents."""

    difference: float
    low: float
    high: float
    """95 % interval of this difference alone, as ``low``; NaN with fewer than two contents."""
    p: float
    """Two-sided p-value of this difference alone; NaN with fewer than :data:`LEAST_CONTENTS` contents."""
    p_adjusted: float
    """Holm's correction of ``p`` for all ``pairs``: what the verdict rests on."""
    pairs: int
    """Pairs that the correction counts."""
    contents: int

    @property
    def verdict(self) -> Verdict:
        """``better`` or ``worse`` (the first than the second), ``same`` (not told apart), or ``untested``."""
        if np.isnan(self.p_adjusted):
            return "untested"
        if not self.p_adjusted < LEVEL:
            return "same"
        return "better" if self.difference > 0 else "worse"

    def turned(self) -> Difference:
        """The same difference seen from the other method."""
        return replace(self, difference=0.0 - self.difference, low=0.0 - self.high, high=0.0 - self.low)


class Pairwise:
    """The differences between every two of several methods over the same contents.

    Parameters
    ----------
    numerators:
        ``(methods, contents)``, all defined: per-content values, or votes that agree.
    denominators:
        ``(contents,)``: ones (zero for a content that says nothing), or votes cast.
    """

    def __init__(self, numerators: ArrayLike, denominators: ArrayLike) -> None:
        self._bottom = np.asarray(denominators, dtype=np.float64)
        self._top = np.asarray(numerators, dtype=np.float64)
        self.contents = int((self._bottom != 0).sum())
        methods = len(self._top)
        self._p = np.full((methods, methods), np.nan)
        self._found: list[Interval] = []
        """Of each method, its differences from those behind it."""
        for i in range(methods):
            found = content_ratio(self._top[i] - self._top[i:], self._bottom)
            self._found.append(found)
            if self.tested:
                self._p[i, i + 1 :] = found.p[1:]
        upper = np.triu_indices(methods, k=1)
        self.pairs = len(upper[0])
        self._adjusted = np.full_like(self._p, np.nan)
        self._adjusted[upper] = holm(self._p[upper])

    @property
    def tested(self) -> bool:
        """True if there are contents enough for a test."""
        return self.contents >= LEAST_CONTENTS

    @property
    def significant(self) -> NDArray[np.bool_]:
        """``(methods, methods)``, symmetric: True where two methods are told apart."""
        apart = self._adjusted < LEVEL
        return apart | apart.T

    def between(self, i: int, j: int) -> Difference:
        """Method ``i`` minus method ``j``."""
        if i > j:
            return self.between(j, i).turned()
        p, adjusted = (float(table[i, j]) if i < j else 1.0 for table in (self._p, self._adjusted))
        return _difference(self._found[i], j - i, p, adjusted, self.pairs)

    def with_pair(self, a: ArrayLike, b: ArrayLike, denominators: ArrayLike) -> Difference:
        """A minus B, which are no pair of these methods (one is not ranked, say); corrected for one pair more."""
        gap = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
        bottom = np.asarray(denominators, dtype=np.float64)
        enough = int((bottom != 0).sum()) >= LEAST_CONTENTS
        found = content_ratio(gap[None], bottom)
        p = float(found.p[0]) if enough else np.nan
        family = np.append(self._p[np.triu_indices(len(self._top), k=1)], p)
        return _difference(found, 0, p, float(holm(family)[-1]), len(family))


def _difference(found: Interval, place: int, p: float, adjusted: float, pairs: int) -> Difference:
    value, low, high = (float(one[place]) for one in (found.value, found.low, found.high))
    return Difference(value, low, high, p, adjusted, pairs, int(found.contents[place]))


def too_few(contents: int) -> str:
    """Why there is no p-value."""
    return (
        f"{counted(contents, 'content')} cannot tell whether a difference is real: "
        f"at least {LEAST_CONTENTS} are needed, so there is no p-value"
    )


def p_text(p: float) -> str:
    """``p = 0.0123``, or ``p < 0.0001``; never rounded across the level of 5 %."""
    if p < 0.0001:
        return "p < 0.0001"
    digits = 4 if p < 0.1 else 2
    text = f"{p:.{digits}f}"
    while (float(text) < LEVEL) != (p < LEVEL):
        digits += 1
        text = f"{p:.{digits}f}"
    return f"p = {text}"
