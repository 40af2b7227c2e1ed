"""Every figure of one run: correlations, fit, pair accuracies and agreement with votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats
from iqabench.stats.correlation import WithinContent, krcc, plcc, srcc, within_content
from iqabench.stats.logistic import fit_logistic
from iqabench.stats.pairs import algorithm_pair_accuracy, pair_accuracy
from iqabench.stats.votes import VoteAgreement, vote_agreement, vote_ceiling

SPREAD = (
    *("srcc", "plcc", "krcc", "srcc_pooled", "plcc_pooled", "krcc_pooled", "plcc_logistic", "rmse"),
    *("pair_accuracy", "vote_agreement"),
)
"""Figures whose standard deviation over seeds or splits is shown, as ``NAME_sd``."""
KEYS = ("content", "category", "algorithm")


def srcc_within(labels: pd.DataFrame, scores: Floats, mos: Floats) -> WithinContent:
    """SRCC within each content, over the images that have both a score and a MOS."""
    used = np.isfinite(scores) & np.isfinite(mos)
    return within_content(srcc, scores[used], mos[used], labels["content"].astype(str).to_numpy()[used])


def votes_within(scores: Floats, votes: VotePairs | None) -> VoteAgreement:
    """Votes that agree, by content, over the pairs whose images both have a score."""
    if votes is None:
        return vote_agreement([], [], [], [], [])
    used = np.isfinite(scores[votes.a]) & np.isfinite(scores[votes.b])
    a, b = scores[votes.a[used]], scores[votes.b[used]]
    return vote_agreement(a, b, votes.votes_a[used], votes.votes_b[used], votes.content[used])


def by_content(names: Sequence[str], values: Floats, contents: Sequence[str], missing: float) -> Floats:
    """Values of the contents ``names`` laid out as ``(contents,)``."""
    found = dict(zip(names, values, strict=True))
    return np.array([found.get(name, missing) for name in contents], dtype=np.float64)


def mos_figures(labels: pd.DataFrame, scores: Floats, mos: Floats) -> dict[str, Any]:
    """What scores say about MOS, both ``(images,)`` and higher meaning better; NaN where there is none."""
    used = np.isfinite(scores) & np.isfinite(mos)
    x, y = scores[used], mos[used]
    content, category, algorithm = (labels[name].astype(str).to_numpy()[used] for name in KEYS)
    within = srcc_within(labels, scores, mos)
    fit = fit_logistic(x, y)
    pairs = pair_accuracy(x, y, content, category)
    return {
        "srcc": within.mean,
        "plcc": within_content(plcc, x, y, content).mean,
        "krcc": within_content(krcc, x, y, content).mean,
        "srcc_pooled": srcc(x, y),
        "plcc_pooled": plcc(x, y),
        "krcc_pooled": krcc(x, y),
        "plcc_logistic": fit.plcc,
        "rmse": fit.rmse,
        "logistic_converged": fit.converged,
        "pair_accuracy": float(pairs.accuracy),
        "pair_count": pairs.pairs,
        "pair_accuracy_50": float(pair_accuracy(x, y, content, category, 50).accuracy),
        "pair_accuracy_100": float(pair_accuracy(x, y, content, category, 100).accuracy),
        "pair_accuracy_means": float(algorithm_pair_accuracy(x, y, algorithm, category).accuracy),
    }


def vote_figures(scores: Floats, votes: VotePairs) -> dict[str, Any]:
    """Agreement with votes, and the most that any method can reach on the same pairs."""
    used = np.isfinite(scores[votes.a]) & np.isfinite(scores[votes.b])
    return {
        "vote_agreement": float(votes_within(scores, votes).share),
        "vote_ceiling": vote_ceiling(votes.votes_a[used], votes.votes_b[used]),
        "vote_pairs": int(used.sum()),
    }


def over_runs(figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Figures of one row from those of its runs (seeds, or splits): means, and ``NAME_sd`` of :data:`SPREAD`.

    Counts are those of the smallest run; a fit has converged if all have.
    """
    row: dict[str, Any] = {}
    for name, value in figures[0].items():
        values = [one[name] for one in figures]
        if isinstance(value, bool | np.bool_):
            row[name] = all(values)
        elif isinstance(value, int):
            row[name] = min(values)
        else:
            row[name] = float(np.mean(values))
            if name in SPREAD and len(values) > 1:
                row[f"{name}_sd"] = float(np.std(values, ddof=1))
    return row
