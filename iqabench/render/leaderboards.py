"""Tidy frames of :func:`iqabench.stats.leaderboard.leaderboard` as tables: figures, intervals, the best and second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from iqabench.render import terminal
from iqabench.render.best import best_and_second
from iqabench.render.citations import Bibliography
from iqabench.render.columns import INTERVALS, choose
from iqabench.render.flat import flat
from iqabench.render.footer import footer, signatures, title
from iqabench.render.table import Cell, Column, Emphasis, Row, Table
from iqabench.render.write import PROGRAMS, write
from iqabench.stats.arrays import EQUAL_DIGITS


def render(
    frames: Sequence[pd.DataFrame],
    style: str,
    names: Sequence[str] | None = None,
    bibliography: Bibliography | None = None,
) -> str:
    """Leaderboards in one of :data:`~iqabench.render.write.FORMATS`; LaTeX cites ``bibliography``.

    CSV and JSON put all rows into one flat table (every row says its dataset and split); the other
    formats make one table of each frame.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    if style in PROGRAMS:
        whole = pd.concat(list(frames), ignore_index=True)
        return write([flat(whole[[one.name for one in choose(whole, names)]] if names else whole)], style)
    tables = [lay_out(frame, names) for frame in frames]
    if style == "markdown":  # where the page around it has a heading
        tables = [replace(table, title="") for table in tables]
    return write(tables, style, bibliography)


def print_table(frame: pd.DataFrame, console: Console, names: Sequence[str] | None = None) -> None:
    """Print one leaderboard to a terminal; columns that were asked for are never dropped: it may break the lines.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    if names:
        console = Console(file=console.file, width=terminal.UNLIMITED, force_terminal=console.is_terminal)
    terminal.print_table(lay_out(frame, names), console)


def lay_out(frame: pd.DataFrame, names: Sequence[str] | None = None) -> Table:
    """The chosen columns of one leaderboard, with a footer that explains them.

    Best and second are marked among the ranked rows only, by full precision; equal figures are marked alike.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    columns = choose(frame, names)
    rows = zip(*(_cells(frame, column) for column in columns), strict=True) if len(frame) else ()
    return Table(
        columns,
        [Row(cells, [str(method)]) for cells, method in zip(rows, frame["method"], strict=True)],
        title=title(frame) if len(frame) else "",
        footer=footer(frame, [column.name for column in columns]),
        footer_of=partial(footer, frame),
        signatures=signatures(frame),
    )


def _cells(frame: pd.DataFrame, column: Column) -> list[Cell]:
    emphasis = marks(frame, column)
    bounds = [frame[name] for name in INTERVALS.get(column.name, ())]
    cells = []
    for i, (value, spread) in enumerate(zip(frame[column.name], _spreads(frame, column), strict=True)):
        ends = [series.iloc[i] for series in bounds]
        known = bool(ends) and not pd.isna(value) and not any(pd.isna(end) for end in ends)
        interval = f"[{', '.join(figure(end, column.digits) for end in ends)}]" if known else ""
        cells.append(Cell(figure(value, column.digits) + spread, beside=interval, emphasis=emphasis[i]))
    return cells


def _spreads(frame: pd.DataFrame, column: Column) -> list[str]:
    """Of each row, `` ± 0.0120 (3 seeds)`` where a figure is a mean over seeds; over splits how many is a column."""
    if f"{column.name}_sd" not in frame:
        return [""] * len(frame)
    texts = []
    for deviation, seeds, splits in zip(frame[f"{column.name}_sd"], frame["seeds"], frame["splits"], strict=True):
        several = pd.notna(seeds) and splits == 1 and column.name in INTERVALS
        known = f" ± {figure(deviation, column.digits)}" + (f" ({seeds} seeds)" if several else "")
        texts.append("" if pd.isna(deviation) else known)
    return texts


def figure(value: Any, digits: int | None) -> str:
    """A value as text: a dash where there is none, thousands apart in whole numbers."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        return f"{round(float(value), EQUAL_DIGITS):z.{digits}f}" if digits is not None else repr(float(value))
    return str(value)


def marks(frame: pd.DataFrame, column: Column) -> list[Emphasis]:
    """Best and second of a column among the ranked rows, by full precision."""
    if not column.better:
        return [""] * len(frame)
    values = column.better * frame[column.name].astype("float64").to_numpy()
    return best_and_second(np.where(frame["rank"].notna(), values, np.nan))
