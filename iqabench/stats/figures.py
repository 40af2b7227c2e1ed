"""Every figure of one run: correlations, fit, pair accuracies and agreement with votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from iqabench._util.errors import DataError
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats
from iqabench.stats.contents import content_ratio
from iqabench.stats.statistic import UNLABELLED, ByContent, Figure, Labelled, Sample
from iqabench.stats.table import BY_NAME, LEADERBOARD, SPREAD
from iqabench.stats.votes import VoteAgreement, vote_agreement

UNDEFINED = Figure(float("nan"), pairs=0, by_content=ByContent.of({}))
"""Every figure of no image at all: a statistic need not know that case."""


def sample_of(labelled: Labelled, scores: Floats) -> Sample:
    """The images of ``labelled`` that have a score; ``scores`` are NaN where there is none, higher meaning better."""
    used = np.isfinite(scores)
    return Sample(scores[used], labelled.only(used), parts=False)


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


def mos_figures(samples: Sequence[Sample], contents: Sequence[str]) -> dict[str, Any]:
    """What one row's runs (its seeds) say about MOS: figures, the bounds of their intervals, and counts.

    Raises
    ------
    DataError
        If a statistic promises an interval, and its figure does not say its sums by content.
    """
    figures, found = [], []
    for sample in samples:
        found.append(_measured(sample, by_votes=False) if sample.scores.size else _undefined())
        pairs = found[-1]["pair_accuracy"].pairs
        figures.append(_values(found[-1]) | {"logistic_converged": sample.fit.converged, "pair_count": pairs})
    return over_runs(figures) | _bounds(found, contents)


def vote_figures(runs: Sequence[Floats], votes: VotePairs, contents: Sequence[str]) -> dict[str, Any]:
    """Agreement of one row's runs with votes, and the most that any method can reach on the same pairs.

    Raises
    ------
    DataError
        As :func:`mos_figures`.
    """
    figures, found = [], []
    for scores in runs:
        used = np.isfinite(scores[votes.a]) & np.isfinite(scores[votes.b])
        pairs = VotePairs(*(getattr(votes, one.name)[used] for one in fields(votes)))
        sample = Sample(scores, UNLABELLED, pairs, parts=False)
        found.append(_measured(sample, by_votes=True))
        figures.append(_values(found[-1]) | {"vote_pairs": int(used.sum())})
    return over_runs(figures) | _bounds(found, contents)


def _measured(sample: Sample, by_votes: bool) -> dict[str, Figure]:
    """Every figure of one run; only those with an interval are asked for their sums by content, which take time."""
    whole = replace(sample, parts=True)
    wanted = [one for one in LEADERBOARD if one.by_votes == by_votes]
    return {one.name: one.measure(whole if one.interval else sample) for one in wanted}


def _undefined() -> dict[str, Figure]:
    return {one.name: UNDEFINED for one in LEADERBOARD if not one.by_votes}


def _values(found: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.value for name, figure in found.items()}


def _bounds(runs: Sequence[Mapping[str, Figure]], contents: Sequence[str]) -> dict[str, float]:
    """Bounds of every interval, from means over the runs; a content that one of the runs lacks is left out."""
    row: dict[str, float] = {}
    for name in runs[0]:
        statistic = BY_NAME[name]
        if statistic.interval is None:
            continue
        bounds = [run[name].bounds for run in runs if run[name].bounds is not None]
        if bounds:
            # Several seeds: they score the same images, so that the mean of their bounds is no narrower than one's.
            low, high = np.mean(np.array(bounds, dtype=np.float64), axis=0)
            row |= zip(statistic.interval, (float(low), float(high)), strict=True)
            continue
        tops, bottoms = [], []
        for run in runs:
            parts = run[name].by_content
            if parts is None:
                raise DataError(
                    f"statistic {name!r} has an interval ({', '.join(statistic.interval)}), but its figure does not "
                    "say its sums by content: return Figure(..., by_content=ByContent.of(...)), or leave interval out"
                )
            tops.append(by_content(parts.contents, parts.tops, contents, np.nan))
            bottoms.append(by_content(parts.contents, parts.bottoms, contents, np.nan))
        top, bottom = np.mean(tops, axis=0), np.mean(bottoms, axis=0)
        known = np.isfinite(top)
        interval = content_ratio(np.where(known, top, 0.0), np.where(known, bottom, 0.0), statistic.limits)
        row |= zip(statistic.interval, (float(interval.low), float(interval.high)), strict=True)
    return row


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
