"""Reproduced tables in every format: ours, the paper's figure and the difference."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from iqabench.render.citations import Bibliography
from iqabench.render.flat import flat
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.write import PROGRAMS, write
from iqabench.reproduce.footer import footer, signatures, title
from iqabench.reproduce.table import LEFT_OUT, OK, PARTIAL, PaperTable

DIFFERENCE = "difference"
"""Ours less the paper's: the part of a column that goes first where there is no room."""
_BETTER = {"higher": +1, "lower": -1}


@dataclass(frozen=True)
class Options:
    """What is shown of a table beside our figures."""

    command: str = ""
    """Command line that finishes a table that is not finished."""
    compare: bool = True
    """The paper's figures, and the difference."""
    intervals: bool = True


def render(
    tables: Sequence[PaperTable], style: str, options: Options | None = None, bibliography: Bibliography | None = None
) -> str:
    """Tables in one format; CSV and JSON put every cell into one flat table with full precision."""
    if style in PROGRAMS:
        return write([flat(pd.concat([table.frame for table in tables], ignore_index=True))], style)
    text = write([lay_out(table, options or Options()) for table in tables], style, bibliography)
    # A terminal's table ends in blanks.
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines()) if style == "text" else text


def lay_out(table: PaperTable, options: Options) -> Table:
    """Rows and columns of the plan. Rows of which every cell is left out are not shown."""
    frame = table.frame
    grouped = bool((frame["group"] != "").any())
    parts = {str(name): _parts(cells, table, options) for name, cells in frame.groupby("column", sort=False)}
    columns = [
        *([Column("group", "", groups=True)] if grouped else []),
        Column("row", "", heading=True),
        *(_column(frame, name, part) for name, shown in parts.items() for part in shown),
    ]
    rows = []
    for row, cells in frame.groupby("row", sort=False):
        if (cells["status"] == LEFT_OUT).all():
            continue
        line = [Cell(str(cells["group"].iloc[0])), Cell(str(row))] if grouped else [Cell(str(row))]
        for name, shown in parts.items():
            cell = cells[cells["column"] == name].iloc[0]
            line += [_cell(cell, part, table, options) for part in shown]
        # A row of one method cites it; in a row of several the reader sees them in the caption.
        methods = list(dict.fromkeys(cells["method"]))
        rows.append(Row(line, methods if len(methods) == 1 else ()))
    if not rows:
        rows.append(Row([Cell("(every row is left out)"), *[Cell()] * (len(columns) - 1)]))
    plan = table.plan
    compared = {column.name for column in columns if column.part == DIFFERENCE}

    def footer_of(shown: Collection[str], intervals: bool) -> list[str]:
        differences = not compared.isdisjoint(shown)
        return footer(table, options.command, options.compare, options.intervals and intervals, differences)

    return Table(
        columns,
        rows,
        title=title(table),
        caption=f"{plan.title}{f' ({plan.paper} of the paper)' if plan.paper else ''}.",
        footer=footer(table, options.command, options.compare, options.intervals),
        footer_of=footer_of,
        signatures=signatures(table),
    )


def _parts(cells: pd.DataFrame, table: PaperTable, options: Options) -> list[str]:
    """What a column of the plan is split into; nothing but ours needs no name."""
    best = ["best epoch"] if table.shown.best else []
    printed = ["paper", DIFFERENCE] if options.compare and (cells["paper"] != "").any() else []
    return ["ours", *best, *printed] if best or printed else [""]


def _column(frame: pd.DataFrame, name: str, part: str) -> Column:
    better = _BETTER[frame.loc[frame["column"] == name, "direction"].iloc[0]]
    return Column(f"{name} {part}".rstrip(), name, better, numeric=True, part=part, needed=part != DIFFERENCE)


def _cell(cell: pd.Series, part: str, table: PaperTable, options: Options) -> Cell:
    digits = int(cell["digits"])
    if part == "paper":
        return Cell(cell["paper"] or "–")
    if part == DIFFERENCE:
        return Cell("–" if np.isnan(cell["difference"]) else f"{cell['difference']:+z.{digits}f}")
    if part == "best epoch":
        return Cell("–" if np.isnan(cell["best"]) else f"{cell['best']:z.{digits}f}")
    shown = options.intervals and not np.isnan([cell["ours"], cell["low"], cell["high"]]).any()
    bounds = f"[{cell['low']:z.{digits}f}, {cell['high']:z.{digits}f}]" if shown else ""
    return Cell(_ours(cell, digits, len(table.shown.seeds)), beside=bounds, emphasis=cell["mark"])


def _ours(cell: pd.Series, digits: int, seeds: int) -> str:
    if cell["status"] == LEFT_OUT:
        return "–"
    if cell["status"] not in (OK, PARTIAL) or np.isnan(cell["ours"]):
        return str(cell["status"])
    text = f"{cell['ours']:z.{digits}f}"
    if not np.isnan(cell["spread"]):
        text += f" ± {cell['spread']:.{digits}f}"
    return f"{text} ({cell['seeds']} of {seeds} seeds)" if cell["status"] == PARTIAL else text
