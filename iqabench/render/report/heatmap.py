"""Heat map: how well each run does within each category, still within contents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from iqabench.render.report.judged import Judged
from iqabench.render.report.runs import ReportRun

LEVELS = 10


@dataclass(frozen=True)
class HeatCell:
    """One figure; ``level`` is ``low`` (below the scale), ``0`` to ``9``, or ``none``."""

    value: float | None
    text: str
    level: str


@dataclass(frozen=True)
class HeatMap:
    """Rows are runs, columns are ``all`` and the categories."""

    columns: list[str]
    amounts: list[str]
    """Images, or votes, behind each column."""
    rows: list[tuple[ReportRun, list[HeatCell]]]
    low: float
    high: float
    unclear: list[str]
    """Categories with too few images of one content for any figure; they have no column."""


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
        columns=[names[i] for i in shown],
        amounts=[_amount(judged, parts[i]) for i in shown],
        rows=[(run, [_cell(values[i], low, high) for i in shown]) for run, values in zip(scored, table, strict=True)],
        low=low,
        high=high,
        unclear=[name for i, name in enumerate(names) if i not in shown],
    )


def _amount(judged: Judged, part: np.ndarray) -> str:
    if judged.votes is None or not judged.by_votes:
        return f"{int(part.sum()):,} images"
    return f"{int(np.sum(part[judged.votes.a] & part[judged.votes.b])):,} pairs"


def _cell(value: float | None, low: float, high: float) -> HeatCell:
    if value is None:
        return HeatCell(None, "–", "none")
    step = int(np.floor(LEVELS * (value - low) / (high - low)))
    level = "low" if step < 0 else str(min(step, LEVELS - 1))
    return HeatCell(value, f"{value:z.2f}".replace("-", "−"), level)
