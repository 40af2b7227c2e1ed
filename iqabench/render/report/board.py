"""The sortable leaderboard: columns, cells and the whiskers of every row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from iqabench.render.columns import describe
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import SELECTIONS, ReportRun
from iqabench.render.report.scale import Scale, scale_over
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.table import LEADERBOARD

FIRST = ("rank", "method", "paradigm", "reference", "MAIN", "level_with")
LAST = ("seeds", "coverage", "params", "gflops", "ms_per_image", "selection", "recipe", "start", "variant")
SHOWN_FIRST = (*FIRST, *(one.name for one in LEADERBOARD if one.opened), "params", "ms_per_image")
"""Columns that are open from the start; the others wait behind a button."""
ASCENDING = ("rank", "method", "paradigm", "reference", "selection", "recipe", "start", "variant", "params")
WIDTH = 134


@dataclass(frozen=True)
class Whisker:
    """Interval of one row, in drawing units."""

    low: float | None
    at: float
    high: float | None
    text: str


@dataclass(frozen=True)
class Board:
    """The leaderboard, ready to be written as HTML."""

    table: Table
    """One row for each run; the values are what is sorted by, rows without one always last."""
    whiskers: list[Whisker | None]
    """One for each run."""
    secondary: frozenset[str]
    """Columns that wait behind a button."""
    descending: frozenset[str]
    """Columns of which the first click puts the largest value on top."""
    paradigms: list[str]
    main: str
    axis: Scale
    ceiling: float | None
    """Position of the majority's ceiling on the whiskers' axis, for votes."""
    width: int = WIDTH


def board(frame: pd.DataFrame, runs: list[ReportRun], ranking: Ranking) -> Board:
    """Lay out the leaderboard ``frame``; columns without any value are left out."""
    columns = [describe(frame, name) for name in _column_names(frame, ranking)]
    low, high = ranking.bounds
    extremes = [run.row[name] for run in runs for name in (ranking.statistic, low, high, *_ceiling_name(ranking))]
    axis = scale_over([value for value in extremes if value is not None], 5, WIDTH - 5, margin=0.02)
    ceilings = [run.row["vote_ceiling"] for run in runs if ranking.by_votes and run.row["vote_ceiling"] is not None]
    return Board(
        table=Table(
            [replace(column, label=_label(column)) for column in columns],
            [Row([_cell(column, run) for column in columns]) for run in runs],
        ),
        whiskers=[_whisker(run, ranking, axis) for run in runs],
        secondary=frozenset(column.name for column in columns if column.name not in SHOWN_FIRST),
        descending=frozenset(column.name for column in columns if column.better >= 0 and column.name not in ASCENDING),
        paradigms=sorted({str(run.row["paradigm"]) for run in runs}, key=_paradigm_order),
        main=ranking.statistic,
        axis=axis,
        ceiling=axis.at(max(ceilings)) if ceilings else None,
    )


def _paradigm_order(paradigm: str) -> tuple[bool, str]:
    # No, degraded, full reference: from the least shown to the most, and anything else after them.
    places = {"NR": "0", "DR": "1", "FR": "2"}
    return paradigm not in places, places.get(paradigm, paradigm)


def _ceiling_name(ranking: Ranking) -> tuple[str, ...]:
    return ("vote_ceiling",) if ranking.by_votes else ()


def _column_names(frame: pd.DataFrame, ranking: Ranking) -> list[str]:
    figures = [one.name for one in LEADERBOARD if one.by_votes == ranking.by_votes and one.name != ranking.statistic]
    names = [ranking.statistic if name == "MAIN" else name for name in (*FIRST, *figures, *LAST)]
    return [name for name in names if name in (*FIRST, ranking.statistic) or _says_something(frame[name])]


def _says_something(values: pd.Series) -> bool:
    return any(pd.notna(value) and str(value) not in ("", "none") for value in values)


def _label(column: Column) -> str:
    if column.name == "ms_per_image":
        return "ms / image"
    title = {"rank": "Rank", "selection": "epoch chosen"}.get(column.name, column.label)
    return title[:1].upper() + title[1:]


def _cell(column: Column, run: ReportRun) -> Cell:
    value = run.row[column.name]
    if column.name == "method":
        return Cell(str(value), run.name, notes=_notes(run))
    if value is None or value == "":
        text = "–"
    elif column.name == "selection":
        text = SELECTIONS.get(str(value), str(value)) or "–"
    elif column.name == "params":
        text = f"{value / 1e6:.2f} M" if value >= 1e4 else str(value)
    elif column.digits is not None:
        spread = run.row.get(f"{column.name}_sd")
        deviation = "" if spread is None else f" ± {spread:.{column.digits}f}"
        text = f"{value:z.{column.digits}f}{deviation}".replace("-", "−")
    else:
        text = str(value)
    return Cell(text, value)


def _notes(run: ReportRun) -> list[str]:
    row = run.row
    return [
        *([row["variant"]] if row["variant"] else []),
        *(
            [f"mean ± standard deviation over {row['seeds']} seeds: {row['training_seed']}"]
            if row["seeds"] and row["seeds"] > 1
            else []
        ),
        *([] if run.ranked else [f"not ranked: {row['not_ranked'] or 'incomplete'}"]),
        *(["best epoch on this set"] if row["selection"] == "best" else []),
    ]


def _whisker(run: ReportRun, ranking: Ranking, axis: Scale) -> Whisker | None:
    value = run.row[ranking.statistic]
    if value is None:
        return None
    low, high = (run.row[name] for name in ranking.bounds)
    if low is None or high is None:
        return Whisker(None, axis.at(value), None, "no interval")
    return Whisker(axis.at(low), axis.at(value), axis.at(high), interval_text(low, high))


def interval_text(low: float, high: float) -> str:
    """``0.604 to 0.688``."""
    return f"{low:z.3f} to {high:z.3f}".replace("-", "−")
