"""Heat map: how well each run does within each category, still within contents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.render.table import Cell, Column, Row, Table

LEVELS = 10


@dataclass(frozen=True)
class HeatMap:
    """Rows are runs, columns are ``all`` and the categories; parts are the images, or votes, behind each."""

    table: Table
    low: float
    high: float
    unclear: list[str]
    """Categories with too few images of one content for any figure; they have no column."""

    def level(self, value: float | None) -> str:
        """Shade of a figure: ``0`` to ``9``, ``low`` (below the scale), or ``none``."""
        if value is None:
            return "none"
        step = int(np.floor(LEVELS * (value - self.low) / (self.high - self.low)))
        return "low" if step < 0 else str(min(step, LEVELS - 1))


def heat_map(runs: list[ReportRun], ranking: Ranking) -> HeatMap | None:
    """The statistic of every run within every category; None where there is one category or none."""
    categories = ranking.categories
    if len(categories) < 2:
        return None
    low, high = (0.3, 0.9) if ranking.by_votes else (0.0, 1.0)
    everywhere = np.ones(len(ranking.category), dtype=bool)
    parts = [everywhere, *(ranking.category == category for category in categories)]
    scored = [run for run in runs if run.row["n"] > 0]
    table = [[ranking.figure(run, part) for part in parts] for run in scored]
    names = ["all", *(category or "(none)" for category in categories)]
    shown = [i for i in range(len(parts)) if i == 0 or any(values[i] is not None for values in table)]
    return HeatMap(
        Table(
            [
                Column("run", "Run", heading=True),
                *(Column(names[i], names[i], numeric=True, part=_amount(ranking, parts[i])) for i in shown),
            ],
            [
                Row([Cell(run.name), *(_cell(values[i]) for i in shown)])
                for run, values in zip(scored, table, strict=True)
            ],
        ),
        low=low,
        high=high,
        unclear=[name for i, name in enumerate(names) if i not in shown],
    )


def _amount(ranking: Ranking, part: np.ndarray) -> str:
    if ranking.votes is None or not ranking.by_votes:
        return f"{int(part.sum()):,} images"
    return f"{int(np.sum(part[ranking.votes.a] & part[ranking.votes.b])):,} pairs"


def _cell(value: float | None) -> Cell:
    return Cell("–" if value is None else f"{value:z.2f}".replace("-", "−"), value)
