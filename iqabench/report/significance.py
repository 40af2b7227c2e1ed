"""Significance matrix: which runs really differ (paired content bootstrap, Student's t, Holm's correction)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iqabench import stats
from iqabench.report.judged import Judged
from iqabench.report.runs import ReportRun
from iqabench.stats.significance import LEVEL

SHOWN = 40
"""Runs that a matrix can hold and still be read."""


@dataclass(frozen=True)
class Comparison:
    """Row's run minus column's run."""

    difference: float
    low: float
    high: float
    p: float
    """Holm-adjusted over all pairs of ranked runs."""

    @property
    def outcome(self) -> str:
        """``better``, ``worse`` or ``same`` (not told apart)."""
        if not self.p < LEVEL:
            return "same"
        return "better" if self.difference > 0 else "worse"

    @property
    def text(self) -> str:
        """Difference, interval and p-value."""
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        return f"{self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}], {p}".replace("-", "−")

    def turned(self) -> Comparison:
        """The same comparison seen from the other run."""
        return Comparison(-self.difference, -self.high, -self.low, self.p)


@dataclass(frozen=True)
class Matrix:
    """Square table of comparisons, best run first; None on the diagonal."""

    runs: list[ReportRun]
    rows: list[list[Comparison | None]]
    ranked: int
    """Ranked runs in all, of which the first :data:`SHOWN` are shown."""

    @property
    def pairs(self) -> list[tuple[ReportRun, ReportRun, Comparison]]:
        """Every pair once, the better run first."""
        return [
            (self.runs[i], self.runs[j], found)
            for i, row in enumerate(self.rows)
            for j, found in enumerate(row)
            if j > i and found is not None
        ]


def significance(runs: list[ReportRun], judged: Judged, draws: int, seed: int) -> Matrix | None:
    """Compare the ranked runs with each other; None with fewer than two of them or of contents."""
    ranked = [run for run in runs if run.ranked]
    if len(ranked) < 2:
        return None
    sums = [judged.sums(run) for run in ranked]
    tops, bottom = np.array([top for top, _ in sums]), sums[0][1]  # ranked runs cover the same images
    if int((bottom > 0).sum()) < 2:
        return None
    upper = np.triu_indices(len(ranked), k=1)
    p_values = stats.holm(stats.paired_p_values(tops, bottom, draws, seed)[upper])
    near = upper[1] < SHOWN  # i < j, so both are shown
    first, second, p_values = upper[0][near], upper[1][near], p_values[near]
    gaps = stats.bootstrap_ratio(tops[first] - tops[second], bottom, draws, seed)
    shown = ranked[:SHOWN]
    rows: list[list[Comparison | None]] = [[None] * len(shown) for _ in shown]
    found = zip(first, second, gaps.value, gaps.low, gaps.high, p_values, strict=True)
    for i, j, difference, low, high, p in found:
        comparison = Comparison(float(difference), float(low), float(high), float(p))
        rows[i][j], rows[j][i] = comparison, comparison.turned()
    return Matrix(shown, rows, len(ranked))
