"""Images where two methods disagree most: the largest difference of their ranks within a content."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.stats.arrays import Floats, Groups, Indices, group, mean_ranks

COMPARED = 20
"""Runs whose pairs are offered."""
PER_PAIR = 6


@dataclass(frozen=True)
class Disagreements:
    """For every pair of runs the images they place most differently."""

    runs: list[ReportRun]
    pairs: dict[str, list[int]]
    """``"r0 r1"`` to rows of the labels, the largest disagreement first."""
    ranks: dict[str, Floats]
    """By run: rank of every image within its content, 1 best; NaN without a score."""
    label: Floats
    """MOS as it stands in the labels, or the share of votes won; NaN where unknown."""
    label_ranks: Floats
    sizes: Indices
    """Images of each image's content."""

    @property
    def first_shown(self) -> tuple[ReportRun, ReportRun]:
        """The best run beside the best one of another method."""
        best, *others = self.runs
        return best, next((run for run in others if run.row["method"] != best.row["method"]), others[0])

    @property
    def used(self) -> list[int]:
        """Rows of all images named, those of the best runs first."""
        return list(dict.fromkeys(row for rows in self.pairs.values() for row in rows))


def disagreements(runs: list[ReportRun], ranking: Ranking, mos_sign: int) -> Disagreements | None:
    """Find the images; None with fewer than two runs that have scores."""
    scored = [run for run in runs if np.isfinite(run.scores).any()][:COMPARED]
    if len(scored) < 2:
        return None
    groups = group(ranking.content)
    ranks = {run.key: _ranks(run.scores, groups) for run in scored}
    # The pairs of the best runs come first, so that the budget for thumbnails is spent on them.
    by_rank = sorted(combinations(range(len(scored)), 2), key=lambda pair: (pair[1], pair[0]))
    pairs = {f"{scored[i].key} {scored[j].key}": _top(ranks[scored[i].key], ranks[scored[j].key]) for i, j in by_rank}
    label = _votes_won(ranking) if ranking.by_votes else ranking.mos
    sizes = groups.sizes[groups.codes]
    shown = label if ranking.by_votes else mos_sign * label
    return Disagreements(scored, pairs, ranks, shown, _ranks(label, groups), sizes)


def _ranks(values: Floats, groups: Groups) -> Floats:
    ranks = np.full(len(values), np.nan)
    for _, rows in groups.batches():
        ranks[rows] = np.where(np.isnan(values[rows]), np.nan, mean_ranks(-values[rows]))
    return ranks


def _top(a: Floats, b: Floats) -> list[int]:
    gap = np.nan_to_num(np.abs(a - b))
    # Only what can be among the first is sorted.
    least = np.partition(gap, -PER_PAIR)[-PER_PAIR] if gap.size > PER_PAIR else 0.0
    first = np.flatnonzero((gap >= least) & (gap > 0))
    return [int(row) for row in first[np.argsort(-gap[first], kind="stable")][:PER_PAIR]]


def _votes_won(ranking: Ranking) -> Floats:
    won, cast = np.zeros(len(ranking.content)), np.zeros(len(ranking.content))
    if ranking.votes is not None:
        v = ranking.votes
        np.add.at(won, v.a, v.votes_a)
        np.add.at(won, v.b, v.votes_b)
        for side in (v.a, v.b):
            np.add.at(cast, side, v.votes_a + v.votes_b)
    share: Floats = np.divide(won, cast, out=np.full(len(won), np.nan), where=cast > 0)
    return share
