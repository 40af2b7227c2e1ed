"""95 % intervals of a table's figures, by Student's t over contents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iqabench import stats
from iqabench.stats.statistic import ByContent, Figure

NONE = (float("nan"), float("nan"))


def interval(
    figures: Sequence[Figure], baseline: Sequence[Figure], limits: tuple[float, float] = stats.UNLIMITED
) -> tuple[float, float]:
    """Interval of the mean of ``figures`` (one for each seed), less that of ``baseline`` if there is any.

    Seeds are averaged and the baseline is taken off content by content. ``limits`` is the range of a figure without
    a baseline: the interval does not leave it. NaN where a figure is no ratio of sums over contents,
    where seeds or baseline rest on different contents, or with fewer than two contents.
    """
    mine, other = _mean(figures), _mean(baseline)
    if mine is None or (baseline and other is None):
        return NONE
    tops = mine.tops
    if other is not None:
        if not _alike(mine, other):
            return NONE
        tops = tops - other.tops
    found = stats.content_ratio(tops, mine.bottoms, stats.UNLIMITED if baseline else limits)
    return float(found.low), float(found.high)


def _mean(figures: Sequence[Figure]) -> ByContent | None:
    shares = [figure.by_content for figure in figures if figure.by_content is not None]
    if not shares or len(shares) < len(figures) or not all(_alike(shares[0], one) for one in shares):
        return None
    return ByContent(shares[0].contents, np.mean([one.tops for one in shares], axis=0), shares[0].bottoms)


def _alike(one: ByContent, other: ByContent) -> bool:
    return one.contents == other.contents and np.array_equal(one.bottoms, other.bottoms)
