"""The sortable leaderboard: columns, cells and the whiskers of every row."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from iqabench.render.columns import Column, describe
from iqabench.render.report.judged import Judged
from iqabench.render.report.runs import SELECTIONS, ReportRun
from iqabench.render.report.scale import Scale, scale_over
from iqabench.stats.table import LEADERBOARD

FIRST = ("rank", "method", "paradigm", "reference", "MAIN", "level_with")
LAST = ("seeds", "coverage", "params", "gflops", "ms_per_image", "selection", "recipe", "start", "variant")
SHOWN_FIRST = (*FIRST, "plcc", "krcc", "pair_accuracy", "vote_ceiling", "params", "ms_per_image")
"""Columns that are open from the start; the others wait behind a button."""
ASCENDING = ("rank", "method", "paradigm", "reference", "selection", "recipe", "start", "variant")
WIDTH = 134
EXPLAINED = {
    **{one.name: one.explanation for one in LEADERBOARD},
    "level_with": "Ranks of the runs that cannot be told apart from this one",
    "seeds": "Seeds of training; figures are means over them, ± their standard deviation",
    "coverage": "Share of the images that have a score",
    "ms_per_image": "Time to score one image on the machine of the run, in milliseconds",
}


@dataclass(frozen=True)
class BoardHeader:
    """One column's heading."""

    name: str
    text: str
    explained: str
    numeric: bool
    secondary: bool
    descending: bool
    """True if the first click puts the largest value on top."""


@dataclass(frozen=True)
class BoardCell:
    """One cell: what is read, and the full-precision value that is sorted by (empty: always last)."""

    name: str
    text: str
    value: str
    numeric: bool
    secondary: bool


@dataclass(frozen=True)
class Whisker:
    """Interval of one row, in drawing units."""

    low: float | None
    at: float
    high: float | None
    text: str


@dataclass(frozen=True)
class BoardRow:
    """One row of the leaderboard."""

    run: ReportRun
    cells: list[BoardCell]
    whisker: Whisker | None


@dataclass(frozen=True)
class Board:
    """The leaderboard, ready to be written as HTML."""

    headers: list[BoardHeader]
    rows: list[BoardRow]
    paradigms: list[str]
    main: str
    axis: Scale
    ceiling: float | None
    """Position of the majority's ceiling on the whiskers' axis, for votes."""
    width: int = WIDTH


def board(frame: pd.DataFrame, runs: list[ReportRun], judged: Judged) -> Board:
    """Lay out the leaderboard ``frame``; columns without any value are left out."""
    columns = [describe(frame, name) for name in _column_names(frame, judged)]
    low, high = judged.bounds
    extremes = [run.row[name] for run in runs for name in (judged.statistic, low, high, *_ceiling_name(judged))]
    axis = scale_over([value for value in extremes if value is not None], 5, WIDTH - 5, margin=0.02)
    ceilings = [run.row["vote_ceiling"] for run in runs if judged.by_votes and run.row["vote_ceiling"] is not None]
    return Board(
        headers=[_header(column) for column in columns],
        rows=[BoardRow(run, [_cell(column, run) for column in columns], _whisker(run, judged, axis)) for run in runs],
        paradigms=sorted({str(run.row["paradigm"]) for run in runs}, key=_paradigm_order),
        main=judged.statistic,
        axis=axis,
        ceiling=axis.at(max(ceilings)) if ceilings else None,
    )


def _paradigm_order(paradigm: str) -> tuple[bool, str]:
    # No, degraded, full reference: from the least shown to the most, and anything else after them.
    places = {"NR": "0", "DR": "1", "FR": "2"}
    return paradigm not in places, places.get(paradigm, paradigm)


def _ceiling_name(judged: Judged) -> tuple[str, ...]:
    return ("vote_ceiling",) if judged.by_votes else ()


def _column_names(frame: pd.DataFrame, judged: Judged) -> list[str]:
    figures = [one.name for one in LEADERBOARD if one.by_votes == judged.by_votes and one.name != judged.statistic]
    names = [judged.statistic if name == "MAIN" else name for name in (*FIRST, *figures, *LAST)]
    return [name for name in names if name in (*FIRST, judged.statistic) or _says_something(frame[name])]


def _says_something(values: pd.Series) -> bool:
    return bool((values.notna() & (values.astype(str) != "") & (values.astype(str) != "none")).any())


def _header(column: Column) -> BoardHeader:
    title = {"rank": "Rank", "selection": "epoch chosen", "ms_per_image": "ms / image"}.get(column.name, column.header)
    return BoardHeader(
        name=column.name,
        text=title[:1].upper() + title[1:] if column.name != "ms_per_image" else title,
        explained=EXPLAINED.get(column.name, ""),
        numeric=column.numeric,
        secondary=_secondary(column.name),
        descending=column.better >= 0 and column.name not in ASCENDING and column.name != "params",
    )


def _cell(column: Column, run: ReportRun) -> BoardCell:
    value = run.row[column.name]
    if column.name == "method":
        text = str(value)
    elif value is None or value == "":
        text = "–"
    elif column.name == "selection":
        text = SELECTIONS.get(str(value), str(value)) or "–"
    elif column.name == "params":
        text = f"{value / 1e6:.2f} M" if value >= 1e4 else str(value)
    elif column.digits is not None:
        spread = run.row.get(column.spread)
        deviation = "" if spread is None else f" ± {spread:.{column.digits}f}"
        text = f"{value:z.{column.digits}f}{deviation}".replace("-", "−")
    else:
        text = str(value)
    exact = "" if value is None else repr(value) if isinstance(value, float) else str(value)
    return BoardCell(column.name, text, exact, column.numeric, _secondary(column.name))


def _secondary(name: str) -> bool:
    return name not in SHOWN_FIRST and name not in ("srcc", "vote_agreement")


def _whisker(run: ReportRun, judged: Judged, axis: Scale) -> Whisker | None:
    value = run.row[judged.statistic]
    if value is None:
        return None
    low, high = (run.row[name] for name in judged.bounds)
    if low is None or high is None:
        return Whisker(None, axis.at(value), None, "no interval")
    return Whisker(axis.at(low), axis.at(value), axis.at(high), interval_text(low, high))


def interval_text(low: float, high: float) -> str:
    """``0.604 to 0.688``."""
    return f"{low:z.3f} to {high:z.3f}".replace("-", "−")
