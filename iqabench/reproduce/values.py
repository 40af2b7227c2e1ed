"""One figure of a table from one run's scores: arrays in, a number out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.reproduce.plans import Spec
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.alignment import signed_mos, signed_scores, vote_pairs
from iqabench.stats.judged import ratings_of
from iqabench.stats.statistic import KEYS, Figure, Labelled, Sample
from iqabench.stats.table import BY_NAME


def limits_of(spec: Spec) -> tuple[float, float]:
    """Range of a cell's figure before ``baseline``."""
    low, high = BY_NAME[spec.statistic or ""].limits
    if not np.isfinite(high - low):
        return low, high
    scale = 1 if spec.scale is None else spec.scale
    if spec.complement:
        low, high = 1 - high, 1 - low
    return min(scale * low, scale * high), max(scale * low, scale * high)


def chosen_labels(labels: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The rows of ``labels`` that a cell looks at: its category, its algorithm."""
    if spec.category is not None:
        labels = labels[labels["category"].astype(str).isin(spec.category)]
    if spec.algorithm is not None:
        labels = labels[labels["algorithm"].astype(str) == spec.algorithm]
    return labels.reset_index(drop=True)


def compute(results: ResultSet, run: RunResult, spec: Spec) -> Figure:
    """The cell's figure, before ``baseline``.

    Raises
    ------
    DataError
        If an image that the cell looks at has no finite score, or the statistic is undefined on it.
    """
    restricted = replace(results, labels=chosen_labels(results.labels, spec))
    figure = _figure(restricted, run, spec.statistic or "")
    if not np.isfinite(figure.value):
        raise DataError(f"{spec.statistic} is undefined on these {counted(len(restricted.labels), 'image')}")
    scale, parts = 1 if spec.scale is None else spec.scale, figure.by_content
    value = 1 - figure.value if spec.complement else figure.value
    if parts is not None:
        tops = parts.bottoms - parts.tops if spec.complement else parts.tops
        parts = replace(parts, tops=scale * tops)
    return replace(figure, value=scale * value, by_content=parts)


def _figure(results: ResultSet, run: RunResult, statistic: str) -> Figure:
    scores = signed_scores(results, run)
    missing = int(np.sum(~np.isfinite(scores)))
    if missing or not len(scores):
        raise DataError(f"{missing} of {counted(len(scores), 'image')} without a score" if len(scores) else "no image")
    mos, labels = signed_mos(results), results.labels
    content, category, algorithm = (labels[name].astype(str).to_numpy(dtype=object) for name in KEYS)
    labelled = Labelled(mos, content, category, algorithm, ratings_of(results))
    sample = Sample(scores, labelled, vote_pairs(results), run.sign)
    return BY_NAME[statistic].measure(sample)
