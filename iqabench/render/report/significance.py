"""Significance matrix: which rows really differ, by the test behind every table."""

from __future__ import annotations

from dataclasses import dataclass

from iqabench.render.report.facts import Facts
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.assessment import Assessment
from iqabench.stats.pairwise import Difference, p_text

SHOWN = 40
"""Rows that a matrix can hold and still be read."""
VERDICTS = {"better": "first is better", "worse": "second is better", "same": "not told apart"}


@dataclass(frozen=True)
class MatrixCell:
    """Row's run minus column's run."""

    found: Difference

    @property
    def text(self) -> str:
        """Difference, interval and p-values."""
        found = self.found
        interval = f"[{found.low:+z.3f}, {found.high:+z.3f}]"
        return f"{found.difference:+z.3f} {interval}, {p_text(found.p)}, corrected {p_text(found.p_adjusted)}".replace(
            "-", "−"
        )


@dataclass(frozen=True)
class Matrix:
    """Square table of comparisons, best run first; None on the diagonal."""

    runs: list[ReportRun]
    rows: list[list[MatrixCell | None]]
    ranked: int
    """Ranked runs on the page, of which the first :data:`SHOWN` are shown."""
    tested: int
    """Pairs that the correction counts: those of all ranked rows stored on the split."""

    @property
    def pairs(self) -> list[tuple[ReportRun, ReportRun, MatrixCell]]:
        """Every pair once, the run of the higher rank first."""
        return [
            (self.runs[i], self.runs[j], cell)
            for i, row in enumerate(self.rows)
            for j, cell in enumerate(row)
            if j > i and cell is not None
        ]


def significance(runs: list[ReportRun], assessment: Assessment) -> Matrix | None:
    """Compare the ranked runs with each other; None with fewer than two of them, or too few contents for a test."""
    ranked = [run for run in runs if run.ranked]
    if len(ranked) < 2 or not assessment.pairwise.tested:
        return None
    shown = ranked[:SHOWN]
    rows = [[_cell(assessment, one, other) for other in shown] for one in shown]
    return Matrix(shown, rows, len(ranked), assessment.pairwise.pairs)


def differences(matrix: Matrix, ranking: Ranking, facts: Facts) -> Table:
    """Every difference of ``matrix`` once, in words."""
    return Table(
        [
            Column("first", "First", heading=True),
            Column("second", "Second"),
            Column("difference", "Difference [interval], p, corrected p", numeric=True),
            Column("verdict", "Verdict"),
        ],
        [
            Row([Cell(first.name), Cell(second.name), Cell(cell.text), Cell(VERDICTS[cell.found.verdict])])
            for first, second, cell in matrix.pairs
        ],
        caption=f"Difference of {ranking.title}, first minus second, with the 95 % interval and p-value of this "
        f"difference alone, and the p-value corrected by Holm, which decides. {facts.sentence()}",
    )


def _cell(assessment: Assessment, one: ReportRun, other: ReportRun) -> MatrixCell | None:
    found = None if one is other else assessment.between(one.group, other.group)
    return None if found is None else MatrixCell(found)
