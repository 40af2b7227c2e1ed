"""Pseudo labels: an ensemble of full-reference metrics on PIPAL's Elo scale.
Not human opinion, and the card says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.mini.images import Row, read
from benchmarks.mini.metrics import Metrics

WEIGHTS = {"lpips": -0.4, "dists": -0.4, "ms_ssim": 0.2}
"""Share of each metric; negative where a lower value is better.
The two that were fitted to people dominate."""

PIPAL_QUANTILES = (
    916.7136, 1222.3294, 1288.8486, 1330.0967, 1358.5449, 1382.5734, 1401.6611,
    1418.9839, 1433.8088, 1449.5789, 1463.2074, 1477.1171, 1491.1289, 1504.4190,
    1518.3701, 1532.1865, 1548.1451, 1565.8231, 1588.0818, 1620.8057, 1835.9856,
)  # fmt: skip
"""Elo scores of PIPAL's 17,800 training images of categories 00 to 05 at 0, 5, ..., 100 per cent."""


def measure(out: Path, rows: Iterable[Row], weights: Path, tick: Callable[[], None]) -> pd.DataFrame:
    """Raw metric values, one line per restored image: columns image, content, lpips, dists, ms_ssim."""
    metrics = Metrics(weights)
    lines: list[dict[str, object]] = []
    for content, members in groupby(rows, key=lambda row: row.content.name):
        prepared = None
        for row in members:
            if prepared is None:
                prepared = metrics.prepare(_tensor(out / row.pristine))
            # One image at a time: batching would make the last digits depend on the batch.
            values = metrics(_tensor(out / row.image), prepared)
            lines.append({"image": row.image, "content": content} | values)
            tick()
    return pd.DataFrame(lines)


def _tensor(path: Path) -> torch.Tensor:
    return torch.from_numpy(read(path).transpose(2, 0, 1).copy())[None].float() / 255


def combine(measured: pd.DataFrame) -> pd.Series:
    """Weighted sum of z-scores. Each metric is standardised within a content,
    as Elo scores compare within one only."""
    total = pd.Series(0.0, index=measured.index)
    for name, share in WEIGHTS.items():
        groups = measured.groupby("content")[name]
        total += share * (measured[name] - groups.transform("mean")) / groups.transform("std")
    return total


def to_elo(quality: pd.Series) -> pd.Series:
    """Give the pooled values PIPAL's distribution: rank r of n becomes PIPAL's quantile (r - 0.5) / n,
    4 decimals."""
    share = (quality.rank(method="average") - 0.5) / len(quality)
    grid = np.linspace(0, 1, len(PIPAL_QUANTILES))
    return pd.Series(np.interp(share, grid, PIPAL_QUANTILES), index=quality.index).round(4)
