"""Quality of the reference: a method's figure over the references it was shown (Figure 5 of the CKDN paper)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iqabench.render.report.board import interval_text
from iqabench.render.report.facts import Facts
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.render.report.scale import Scale, Tick, scale_over
from iqabench.render.table import Cell, Column, Row, Table

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 48, 628, 12, 276
PER_PANEL = 6
"""Lines that one panel can hold and still be read; also the number of line colours."""
DODGE = 7
FAMILIES = ("none", "jpeg-", "noise-", "lr-x", "degraded", "pristine")
_PARTS = re.compile(r"(.*?)(\d*)", re.ASCII)


@dataclass(frozen=True)
class Point:
    """One run of a line."""

    x: float
    y: float
    low: float | None
    high: float | None
    reference: str
    value: float
    text: str


@dataclass(frozen=True)
class Line:
    """One method over its references."""

    name: str
    colour: int
    points: list[Point]

    @property
    def path(self) -> str:
        """The line through the points."""
        return "M" + "L".join(f"{point.x} {point.y}" for point in self.points)


@dataclass(frozen=True)
class ReferenceCurve:
    """Panels of lines that share both axes."""

    panels: list[list[Line]]
    references: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def reference_curve(runs: list[ReportRun], ranking: Ranking) -> ReferenceCurve | None:
    """Lines of the methods that were shown several references; None if there is no such method."""
    lines: dict[str, dict[str, ReportRun]] = {}
    for run in runs:
        if run.row[ranking.statistic] is not None:
            lines.setdefault(line_name(run), {})[str(run.row["reference"])] = run
    lines = {name: found for name, found in lines.items() if len(found) > 1}
    if not lines:
        return None
    shown = sorted({reference for found in lines.values() for reference in found}, key=order)
    gap = (RIGHT - LEFT) / len(shown)
    across = {name: round(LEFT + gap * (i + 0.5), 1) for i, name in enumerate(shown)}
    columns = (ranking.statistic, *ranking.bounds)
    values = [run.row[column] for found in lines.values() for run in found.values() for column in columns]
    y = scale_over([value for value in values if value is not None], BOTTOM, TOP)
    drawn = []
    for i, (name, found) in enumerate(lines.items()):
        aside = _aside(i, len(lines))
        points = [_point(found[one], ranking, round(across[one] + aside, 1), y) for one in shown if one in found]
        drawn.append(Line(name, i % PER_PANEL, points))
    panels = [drawn[i : i + PER_PANEL] for i in range(0, len(drawn), PER_PANEL)]
    return ReferenceCurve(panels, [Tick(across[name], name) for name in shown], y.ticks())


def references(curve: ReferenceCurve, ranking: Ranking, facts: Facts) -> Table:
    """The lines as a table: one row for each method, one column for each reference."""
    rows = []
    for line in (line for panel in curve.panels for line in panel):
        points = {point.reference: point.text for point in line.points}
        rows.append(Row([Cell(line.name), *(Cell(points.get(tick.text, "–")) for tick in curve.references)]))
    return Table(
        [
            Column("method", "Method", heading=True),
            *(Column(tick.text, tick.text, numeric=True) for tick in curve.references),
        ],
        rows,
        caption=f"{ranking.title} with interval. {facts.sentence()}",
    )


def _aside(line: int, lines: int) -> float:
    """Moves each line of a panel a little to its own side, so that intervals do not hide each other."""
    return DODGE * (line % PER_PANEL - (min(lines, PER_PANEL) - 1) / 2)


def line_name(run: ReportRun) -> str:
    """What a line is called: its method, and what tells it from other lines of that method."""
    rule = "best epoch" if run.row["selection"] == "best" else ""
    return " · ".join(word for word in (str(run.row["method"]), str(run.row["variant"] or ""), rule) if word)


def order(reference: str) -> tuple[int, int, str]:
    """Sort key: no reference first, the pristine image last, within a family the harsher one first."""
    match = _PARTS.fullmatch(reference)
    family, number = (match[1], int(match[2] or 0)) if match else (reference, 0)
    place = FAMILIES.index(family) if family in FAMILIES else len(FAMILIES) - 2
    return place, number if family == "jpeg-" else -number, reference


def _point(run: ReportRun, ranking: Ranking, x: float, y: Scale) -> Point:
    value = run.row[ranking.statistic]
    low, high = (run.row[name] for name in ranking.bounds)
    known = low is not None and high is not None
    return Point(
        x=x,
        y=y.at(value),
        low=y.at(low) if known else None,
        high=y.at(high) if known else None,
        reference=str(run.row["reference"]),
        value=value,
        text=f"{value:z.3f}".replace("-", "−") + (f" [{interval_text(low, high)}]" if known else ""),
    )
