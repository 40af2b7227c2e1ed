"""One figure of a table from one run's scores: arrays in, a number out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iqabench import stats
from iqabench._util.errors import DataError
from iqabench.reproduce.plans import Spec
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.alignment import signed_mos, signed_scores, vote_pairs
from iqabench.stats.arrays import Floats, group_rows
from iqabench.stats.correlation import Statistic


@dataclass(frozen=True)
class ByContent:
    """A figure as a ratio of sums over contents, so that contents can be drawn again; vectors ``(contents,)``."""

    contents: tuple[str, ...]
    tops: Floats
    bottoms: Floats


@dataclass(frozen=True)
class Figure:
    """A figure, and how much it rests on."""

    value: float
    pairs: int | None = None
    """Pairs counted, for accuracies and agreement."""
    note: str = ""
    by_content: ByContent | None = None
    """None if the figure is not a mean over contents: a correlation over all images, say."""


WITHIN: dict[str, Statistic] = {"srcc": stats.srcc, "plcc": stats.plcc, "krcc": stats.krcc}
POOLED: dict[str, Statistic] = {
    **{f"{name}_pooled": function for name, function in WITHIN.items()},
    "plcc_logistic": lambda scores, mos: stats.fit_logistic(scores, mos).plcc,
}
MARGINS = {"pair_accuracy": 0.0, "pair_accuracy_50": 50.0, "pair_accuracy_100": 100.0}


def limits_of(spec: Spec) -> tuple[float, float]:
    """Range of a cell's figure before ``baseline``."""
    if spec.statistic == "mean_score":
        return stats.UNLIMITED
    scale = 1 if spec.scale is None else spec.scale
    low, high = (-1.0, 1.0) if spec.statistic in (*WITHIN, *POOLED) else (0.0, 1.0)
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
        raise DataError(f"{spec.statistic} is undefined on these {len(restricted.labels)} images")
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
        raise DataError(f"{missing} of {len(scores)} images without a score" if len(scores) else "no image")
    if statistic == "vote_agreement":
        return _votes(results, scores)
    mos, labels = signed_mos(results), results.labels
    content, category = (labels[name].astype(str).to_numpy() for name in ("content", "category"))
    if statistic == "mean_score":
        plain = run.sign * scores
        sums = {name: (float(plain[rows].sum()), rows.size) for name, rows in group_rows(content).items()}
        return Figure(float(np.mean(plain)), by_content=_by_content(sums))
    if statistic in WITHIN:
        within = stats.within_content(WITHIN[statistic], scores, mos, content)
        lost = f"undefined within {', '.join(within.undefined)}" if within.undefined else ""
        defined = {name: (value, 1) for name, value in within.per_content.items() if np.isfinite(value)}
        return Figure(within.mean, note=lost, by_content=_by_content(defined))
    if statistic in POOLED:
        return Figure(POOLED[statistic](scores, mos))
    if statistic in MARGINS:
        return _pairs(scores, mos, content, category, MARGINS[statistic])
    pairs = stats.algorithm_pair_accuracy(scores, mos, labels["algorithm"].astype(str).to_numpy(), category)
    return Figure(float(pairs.accuracy), pairs.pairs)


def _pairs(
    scores: Floats, mos: Floats, content: NDArray[np.object_], category: NDArray[np.object_], margin: float
) -> Figure:
    whole = stats.pair_accuracy(scores, mos, content, category, margin)
    right = {}
    for name, rows in group_rows(content).items():
        part = stats.pair_accuracy(scores[rows], mos[rows], content[rows], category[rows], margin)
        if part.pairs:
            right[name] = (float(part.accuracy) * part.pairs, part.pairs)
    return Figure(float(whole.accuracy), whole.pairs, by_content=_by_content(right))


def _votes(results: ResultSet, scores: Floats) -> Figure:
    votes = vote_pairs(results)
    if votes is None:
        raise DataError("no votes between these images")
    agreement = stats.vote_agreement(scores[votes.a], scores[votes.b], votes.votes_a, votes.votes_b, votes.content)
    counted = dict(zip(agreement.contents, zip(agreement.agreeing, agreement.cast, strict=True), strict=True))
    return Figure(float(agreement.share), len(votes.a), by_content=_by_content(counted))


def _by_content(parts: Mapping[Any, tuple[float, float]]) -> ByContent:
    names = sorted(parts)
    table = np.array([parts[name] for name in names], dtype=np.float64).reshape(-1, 2)
    return ByContent(tuple(map(str, names)), table[:, 0], table[:, 1])
