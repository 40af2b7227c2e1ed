"""Heat map: how well each run does within each category, still within contents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iqabench.render.report.judged import Judged
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


def heat_map(runs: list[ReportRun], judged: Judged) -> HeatMap | None:
    """The statistic of every run within every category; None where there is one category or none."""
    categories = sorted(set(judged.category))
    if len(categories) < 2:
        return None
    low, high = (0.3, 0.9) if judged.by_votes else (0.0, 1.0)
    everywhere = np.ones(len(judged.category), dtype=bool)
    parts = [everywhere, *(judged.category == category for category in categories)]
    scored = [run for run in runs if run.row["n"] > 0]
    table = [[judged.figure(run, part) for part in parts] for run in scored]
    names = ["all", *(category or "(none)" for category in categories)]
    shown = [i for i in range(len(parts)) if i == 0 or any(values[i] is not None for values in table)]
    return HeatMap(
        Table(
            [
                Column("run", "Run", heading=True),
                *(Column(names[i], names[i], numeric=True, part=_amount(judged, parts[i])) for i in shown),
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


def _amount(judged: Judged, part: np.ndarray) -> str:
    if judged.votes is None or not judged.by_votes:
        return f"{int(part.sum()):,} images"
    return f"{int(np.sum(part[judged.votes.a] & part[judged.votes.b])):,} pairs"


def _cell(value: float | None) -> Cell:
    return Cell("–" if value is None else f"{value:z.2f}".replace("-", "−"), value)
