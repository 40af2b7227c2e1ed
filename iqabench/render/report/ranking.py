"""What ranks the runs of a report: SRCC within contents where there are MOS, else agreement with votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iqabench import stats
from iqabench.data.categories import in_words
from iqabench.render.report.runs import ReportRun
from iqabench.results.model import ResultSet
from iqabench.stats.alignment import VotePairs, signed_mos, vote_pairs
from iqabench.stats.arrays import Floats


@dataclass(frozen=True)
class Ranking:
    """Labels as arrays in the order of the images, and the one statistic that ranks."""

    mos: Floats
    """``(images,)``, higher meaning better; NaN where unknown."""
    votes: VotePairs | None
    content: NDArray[np.object_]
    category: NDArray[np.object_]
    """In words."""
    categories: list[str]
    """Each once, in the order of their codes."""
    contents: list[str]

    @property
    def by_votes(self) -> bool:
        """True if there is no MOS, so that votes decide."""
        return not bool(np.isfinite(self.mos).any())

    @property
    def statistic(self) -> str:
        """Leaderboard column that ranks."""
        return "vote_agreement" if self.by_votes else "srcc"

    @property
    def bounds(self) -> tuple[str, str]:
        """Leaderboard columns of its interval."""
        return ("vote_low", "vote_high") if self.by_votes else ("srcc_low", "srcc_high")

    @property
    def title(self) -> str:
        """Name of the statistic."""
        return "Vote agreement" if self.by_votes else "SRCC"

    def figure(self, run: ReportRun, rows: NDArray[np.bool_]) -> float | None:
        """The statistic over ``rows`` only, a mean over the run's seeds; None where nothing is defined."""
        sums = [self.sums(scores, rows) for scores in run.seeds]
        if any(bottom.sum() == 0 for _, bottom in sums):
            return None
        return float(np.mean([top.sum() / bottom.sum() for top, bottom in sums]))

    def sums(self, scores: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Numerators and denominators ``(contents,)`` whose ratio of sums is the statistic, over ``rows`` only."""
        return self._vote_sums(scores, rows) if self.by_votes else self._srcc_sums(scores, rows)

    def _srcc_sums(self, scores: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        used = rows & np.isfinite(scores) & np.isfinite(self.mos)
        found = stats.within_content(stats.srcc, scores[used], self.mos[used], self.content[used]).per_content
        values = np.array([found.get(name, np.nan) for name in self.contents], dtype=np.float64)
        defined = np.isfinite(values)
        return np.where(defined, values, 0.0), defined.astype(np.float64)

    def _vote_sums(self, scores: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        top, bottom = np.zeros(len(self.contents)), np.zeros(len(self.contents))
        if self.votes is None:
            return top, bottom
        v, finite = self.votes, np.isfinite(scores)
        used = rows[v.a] & rows[v.b] & finite[v.a] & finite[v.b]
        a, b = scores[v.a[used]], scores[v.b[used]]
        agreement = stats.vote_agreement(a, b, v.votes_a[used], v.votes_b[used], v.content[used])
        at = np.searchsorted(self.contents, agreement.contents)
        top[at], bottom[at] = agreement.agreeing, agreement.cast
        return top, bottom


def ranking_of(results: ResultSet) -> Ranking:
    """Lay out the labels of ``results``."""
    content = results.labels["content"].astype(str).to_numpy(dtype=object)
    codes = results.labels["category"].astype(str)
    return Ranking(
        mos=signed_mos(results),
        votes=vote_pairs(results),
        content=content,
        category=np.array([in_words(results.dataset, code) for code in codes], dtype=object),
        categories=[in_words(results.dataset, code) for code in sorted(set(codes))],
        contents=sorted(set(content)),
    )
