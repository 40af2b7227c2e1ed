"""Cells before a format is chosen: written figures, intervals, and which one is best and second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from iqabench.render.columns import Column, choose

Mark = Literal["best", "second", ""]


@dataclass(frozen=True)
class TableCell:
    """One cell: text, not escaped yet, and how to emphasise it."""

    text: str
    interval: str = ""
    """``[low, high]`` or nothing."""
    mark: Mark = ""


@dataclass(frozen=True)
class Layout:
    """A table as text."""

    columns: list[Column]
    rows: list[list[TableCell]]


def lay_out(frame: pd.DataFrame, names: Sequence[str] | None = None) -> Layout:
    """Write every cell of the chosen columns.

    Best and second are marked among the ranked rows only, by full precision; equal figures are marked alike.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    columns = choose(frame, names)
    written = [_write_column(frame, column) for column in columns]
    return Layout(columns, [list(cells) for cells in zip(*written, strict=True)] if len(frame) else [])


def _write_column(frame: pd.DataFrame, column: Column) -> list[TableCell]:
    marks = _marks(frame, column)
    bounds = [frame[name] for name in column.interval] if column.interval else []
    cells = []
    for i, value in enumerate(frame[column.name]):
        ends = [series.iloc[i] for series in bounds]
        known = bool(ends) and not pd.isna(value) and not any(pd.isna(end) for end in ends)
        interval = f"[{', '.join(figure(end, column.digits) for end in ends)}]" if known else ""
        spread = _spread(frame.iloc[i], column)
        cells.append(TableCell(figure(value, column.digits) + spread, interval, marks[i]))
    return cells


def _spread(row: pd.Series, column: Column) -> str:
    """`` ± 0.0120 (3 seeds)`` where a figure is a mean over seeds; over splits how many stands in a column."""
    if column.spread not in row.index or pd.isna(row[column.spread]):
        return ""
    several = pd.notna(row["seeds"]) and row["splits"] == 1 and column.interval
    return f" ± {figure(row[column.spread], column.digits)}" + (f" ({row['seeds']} seeds)" if several else "")


def figure(value: Any, digits: int | None) -> str:
    """A value as text: a dash where there is none, thousands apart in whole numbers."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        return f"{value:z.{digits}f}" if digits is not None else repr(float(value))
    return str(value)


def _marks(frame: pd.DataFrame, column: Column) -> list[Mark]:
    marks: list[Mark] = [""] * len(frame)
    if not column.better or len(frame) < 2:
        return marks
    values = column.better * frame[column.name].astype("float64").to_numpy()
    values = np.where(frame["rank"].notna(), values, np.nan)
    distinct = np.unique(values[np.isfinite(values)])[::-1]
    if distinct.size < 2:
        return marks
    for i, value in enumerate(values):
        if value == distinct[0]:
            marks[i] = "best"
        elif value == distinct[1]:
            marks[i] = "second"
    return marks
