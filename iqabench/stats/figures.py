"""Every figure of one run: correlations, fit, pair accuracies and agreement with votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats
from iqabench.stats.correlation import WithinContent, srcc, within_content
from iqabench.stats.table import LEADERBOARD, SPREAD, Figure, Sample
from iqabench.stats.votes import VoteAgreement, vote_agreement

KEYS = ("content", "category", "algorithm")
"""Columns of labels that :class:`~iqabench.stats.table.Sample` takes, in its order."""
UNDEFINED = Figure(float("nan"), pairs=0)
"""Every figure of no image at all: a statistic need not know that case."""


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
    content, category, algorithm = (labels[name].astype(str).to_numpy()[used] for name in KEYS)
    sample = Sample(scores[used], mos[used], content, category, algorithm, parts=False)
    by_mos = [one for one in LEADERBOARD if not one.by_votes]
    measured = {one.name: one.measure(sample) if used.any() else UNDEFINED for one in by_mos}
    return {
        **{name: figure.value for name, figure in measured.items()},
        "logistic_converged": sample.fit.converged,
        "pair_count": measured["pair_accuracy"].pairs,
    }


def vote_figures(scores: Floats, votes: VotePairs) -> dict[str, Any]:
    """Agreement with votes, and the most that any method can reach on the same pairs."""
    used = np.isfinite(scores[votes.a]) & np.isfinite(scores[votes.b])
    pairs = VotePairs(*(getattr(votes, one.name)[used] for one in fields(votes)))
    none = np.empty(0, dtype=object)
    sample = Sample(scores, np.empty(0), none, none, none, pairs)
    measured = {one.name: one.measure(sample).value for one in LEADERBOARD if one.by_votes}
    return {**measured, "vote_pairs": int(used.sum())}


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
