"""95 % intervals of a table's figures, by resampling contents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iqabench import stats
from iqabench.reproduce.values import ByContent, Figure

NONE = (float("nan"), float("nan"))


def interval(figures: Sequence[Figure], baseline: Sequence[Figure], draws: int, seed: int = 0) -> tuple[float, float]:
    """Percentile interval of the mean of ``figures`` (one for each seed), less that of ``baseline`` if there is any.

    Contents are drawn for all seeds, and for the baseline, alike. NaN where a figure is no ratio of sums over contents,
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
    found = stats.bootstrap_ratio(tops, mine.bottoms, draws, seed)
    return float(found.low), float(found.high)


def _mean(figures: Sequence[Figure]) -> ByContent | None:
    shares = [figure.by_content for figure in figures if figure.by_content is not None]
    if not shares or len(shares) < len(figures) or not all(_alike(shares[0], one) for one in shares):
        return None
    return ByContent(shares[0].contents, np.mean([one.tops for one in shares], axis=0), shares[0].bottoms)


def _alike(one: ByContent, other: ByContent) -> bool:
    return one.contents == other.contents and np.array_equal(one.bottoms, other.bottoms)
