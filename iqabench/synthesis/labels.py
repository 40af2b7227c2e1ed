"""Pseudo labels: an ensemble of full-reference metrics on PIPAL's Elo scale. Not human opinion."""

from __future__ import annotations

import numpy as np
import pandas as pd

PIPAL_QUANTILES = (
    916.7136, 1222.3294, 1288.8486, 1330.0967, 1358.5449, 1382.5734, 1401.6611,
    1418.9839, 1433.8088, 1449.5789, 1463.2074, 1477.1171, 1491.1289, 1504.4190,
    1518.3701, 1532.1865, 1548.1451, 1565.8231, 1588.0818, 1620.8057, 1835.9856,
)  # fmt: skip
"""Elo scores of PIPAL's 17,800 training images of categories 00 to 05 at 0, 5, ..., 100 per cent."""


def combine(measured: pd.DataFrame, shares: dict[str, float], rule: str) -> pd.Series:
    """Weighted sum of metrics, each made comparable within its content, as Elo scores compare within one only.

    ``measured`` has a column ``content`` and one per metric. ``shares`` are negative where lower values are better.
    ``rule``: ``rank`` takes (rank - 0.5) / n within the content, ties sharing their mean; ``zscore`` takes the
    distance to the content's mean in standard deviations, 0 where all values are alike.
    """
    total = pd.Series(0.0, index=measured.index)
    for name, share in shares.items():
        groups = measured.groupby("content")[name]
        if rule == "rank":
            values = (groups.rank(method="average") - 0.5) / groups.transform("size")
        else:
            deviation = groups.transform("std")
            values = (measured[name] - groups.transform("mean")) / deviation.where(deviation > 0, 1.0)
        total += share * values
    return total


def to_elo(quality: pd.Series) -> pd.Series:
    """Give the pooled values PIPAL's distribution: rank r of n becomes PIPAL's quantile (r - 0.5) / n, 4 decimals."""
    share = (quality.rank(method="average") - 0.5) / len(quality)
    grid = np.linspace(0, 1, len(PIPAL_QUANTILES))
    return pd.Series(np.interp(share, grid, PIPAL_QUANTILES), index=quality.index).round(4)
