"""How a report's runs are judged: SRCC within contents where there are MOS, else agreement with votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iqabench import stats
from iqabench.report.runs import ReportRun
from iqabench.results import ResultSet
from iqabench.stats.alignment import VotePairs, signed_mos, vote_pairs
from iqabench.stats.arrays import Floats


@dataclass(frozen=True)
class Judged:
    """Labels as arrays in the order of the images, and the one statistic that ranks."""

    mos: Floats
    """``(images,)``, higher meaning better; NaN where unknown."""
    votes: VotePairs | None
    content: NDArray[np.object_]
    category: NDArray[np.object_]
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

    def sums(self, run: ReportRun, rows: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats]:
        """Numerators and denominators ``(contents,)`` whose ratio of sums is the statistic, over ``rows`` only."""
        chosen = np.ones(len(self.mos), dtype=bool) if rows is None else rows
        return self._vote_sums(run, chosen) if self.by_votes else self._srcc_sums(run, chosen)

    def _srcc_sums(self, run: ReportRun, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        used = rows & np.isfinite(run.scores) & np.isfinite(self.mos)
        found = stats.within_content(stats.srcc, run.scores[used], self.mos[used], self.content[used]).per_content
        values = np.array([found.get(name, np.nan) for name in self.contents], dtype=np.float64)
        defined = np.isfinite(values)
        return np.where(defined, values, 0.0), defined.astype(np.float64)

    def _vote_sums(self, run: ReportRun, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        top, bottom = np.zeros(len(self.contents)), np.zeros(len(self.contents))
        if self.votes is None:
            return top, bottom
        v, finite = self.votes, np.isfinite(run.scores)
        used = rows[v.a] & rows[v.b] & finite[v.a] & finite[v.b]
        a, b = run.scores[v.a[used]], run.scores[v.b[used]]
        agreement = stats.vote_agreement(a, b, v.votes_a[used], v.votes_b[used], v.content[used])
        at = [self.contents.index(name) for name in agreement.contents]
        top[at], bottom[at] = agreement.agreeing, agreement.cast
        return top, bottom


def judge(results: ResultSet) -> Judged:
    """Lay out the labels of ``results``."""
    content = results.labels["content"].astype(str).to_numpy(dtype=object)
    return Judged(
        mos=signed_mos(results),
        votes=vote_pairs(results),
        content=content,
        category=results.labels["category"].astype(str).to_numpy(dtype=object),
        contents=sorted(set(content)),
    )


def ratio(top: Floats, bottom: Floats) -> float | None:
    """Ratio of the sums; None where nothing is defined."""
    return float(top.sum() / bottom.sum()) if bottom.sum() > 0 else None
