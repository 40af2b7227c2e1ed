"""The table of methods and data sets: one column for each set, average ranks, and the sentences below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from rich.console import Console

from iqabench._util.text import counted
from iqabench.render import terminal
from iqabench.render.best import best_and_second
from iqabench.render.citations import Bibliography
from iqabench.render.flat import flat
from iqabench.render.leaderboards import figure
from iqabench.render.many_sets_footer import MARKS, sentences
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.write import PROGRAMS, write
from iqabench.stats.many_sets import ManySets

DIGITS, RANK_DIGITS = 3, 2
ALWAYS = ("rank", "method", "mean_rank", "coverage", "images")
"""Columns that describe a row; the others of :data:`_LABELS` stand where they tell rows apart."""
_LABELS = {
    "rank": "#",
    "method": "method",
    "reference": "reference",
    "selection": "epoch",
    "variant": "variant",
    "mean_rank": "average rank",
    "coverage": "sets",
    "images": "images",
    "level_with": "level with #",
}


def render_many(many: ManySets, style: str, bibliography: Bibliography | None = None) -> str:
    """The table in one of :data:`~iqabench.render.write.FORMATS`; CSV and JSON have a row for each method and set."""
    if style in PROGRAMS:
        return write([flat(long_frame(many))], style)
    table = lay_out_many(many)
    if style == "markdown":  # where the page around it has a heading
        table = replace(table, title="")
    return write([table], style, bibliography)


def print_many(many: ManySets, console: Console) -> None:
    """Print the table to a terminal; columns that do not fit beside each other stand in a table below."""
    table = lay_out_many(many)
    parts = _parts(table, console)
    for part in parts[:-1]:
        terminal.print_table(replace(part, footer=(), signatures=()), console)
    intervals = any(terminal.shows_intervals(part, console) for part in parts)
    terminal.print_table(replace(parts[-1], footer=sentences(many, intervals)), console)


def lay_out_many(many: ManySets) -> Table:
    """Facts of a row, its average rank, and a column for each set.

    Best and second are marked among the rows that have a rank on every set.
    """
    rows = many.rows
    names = [name for name in _LABELS if name in ALWAYS or _says_something(rows, name)]
    facts = [Column(name, _LABELS[name], numeric=name in ("rank", "coverage", "images")) for name in names]
    facts = [replace(one, heading=one.name == "method", needed=True) for one in facts]
    facts = [replace(one, better=-1, numeric=True) if one.name == "mean_rank" else one for one in facts]
    sets = [Column(one.dataset, one.dataset, +1, DIGITS, numeric=True, needed=True) for one in many.sets]
    by_fact = [_facts(many, name) for name in names]
    by_set = [_figures(many, one.dataset) for one in many.sets]
    cells = zip(*by_fact, *by_set, strict=True)
    return Table(
        [*facts, *sets],
        [Row(row, [str(method)]) for row, method in zip(cells, rows["method"], strict=True)],
        title=f"{counted(len(many.sets), 'data set')}: {', '.join(one.dataset for one in many.sets)}",
        footer=sentences(many),
        signatures=[line for cell in many.cells["signature"] for line in str(cell).split("; ") if line],
    )


def long_frame(many: ManySets) -> pd.DataFrame:
    """One row for each method and set, with the facts of both: what CSV and JSON hold."""
    rows = many.rows.drop(columns=["rank"]).assign(row=range(len(many.rows)), rank_over_sets=many.rows["rank"])
    of_set = {"images": "set_images", "contents": "set_contents", "scope": "label_scope"}
    sets = pd.DataFrame([vars(one) for one in many.sets]).rename(columns=of_set | {"turned": "labels_lower_is_better"})
    cells = many.cells.drop(columns=["own", "training_data", "libraries"])
    whole = cells.merge(rows, on="row").merge(sets, on="dataset")
    whole["with_contaminated"] = many.with_contaminated
    first = ["dataset", "split", "method", "reference", "figure", "figure_low", "figure_high", "statistic", "set_rank"]
    rest = [name for name in whole.columns if name not in first and name != "row"]
    return whole.sort_values("row", kind="stable")[first + rest]


def _says_something(rows: pd.DataFrame, name: str) -> bool:
    if name in ("reference", "selection"):
        return len(set(rows[name])) > 1
    return bool((rows[name].notna() & (rows[name] != "")).any())


def _facts(many: ManySets, name: str) -> list[Cell]:
    rows = many.rows
    if name == "coverage":
        return [Cell(f"{scored}/{len(many.sets)}") for scored in rows["scored_sets"]]
    if name == "images":
        return [Cell(f"{scored:,}/{whole:,}") for scored, whole in zip(rows["images"], rows["all_images"], strict=True)]
    if name != "mean_rank":
        return [Cell(figure(value, None)) for value in rows[name]]
    marks = best_and_second(np.where(rows["rank"].notna(), -rows["mean_rank"], np.nan))
    bounds = rows[["mean_rank_low", "mean_rank_high"]].to_numpy()
    return [
        Cell(figure(value, RANK_DIGITS), beside=_interval(low, high, RANK_DIGITS), emphasis=mark)
        for value, (low, high), mark in zip(rows["mean_rank"], bounds, marks, strict=True)
    ]


def _figures(many: ManySets, dataset: str) -> list[Cell]:
    cells = many.cells[many.cells["dataset"] == dataset]
    ranked = many.rows["rank"].notna().to_numpy()
    marks = best_and_second(np.where(ranked, cells["figure"].to_numpy(), np.nan))
    found = []
    for (_, cell), mark in zip(cells.iterrows(), marks, strict=True):
        sign = MARKS.get(cell["trained_here"], "") if pd.notna(cell["figure"]) else ""
        beside = _interval(cell["figure_low"], cell["figure_high"], DIGITS)
        found.append(Cell(figure(cell["figure"], DIGITS) + sign, beside=beside, emphasis=mark))
    return found


def _interval(low: float, high: float, digits: int) -> str:
    return "" if pd.isna(low) or pd.isna(high) else f"[{low:z.{digits}f}, {high:z.{digits}f}]"


def _parts(table: Table, console: Console) -> list[Table]:
    """The table with as many columns beside each other as the console has room for; each part names its rows."""
    methods = [tuple(row.cited) for row in table.rows]
    naming = ["rank", "method", *["reference", "variant"] * (len(set(methods)) < len(methods))]
    named = [at for at, column in enumerate(table.columns) if column.name in naming]
    parts, columns = list[list[int]](), named
    for at in range(len(table.columns)):
        if at in named:
            continue
        if columns != named and not terminal.fits(_only(table, [*columns, at]), console):
            parts.append(columns)
            columns = named
        columns = sorted([*columns, at])
    first, *others = [_only(table, chosen) for chosen in [*parts, columns]]
    return [first, *(replace(one, title="") for one in others)]


def _only(table: Table, places: Sequence[int]) -> Table:
    rows = [row._replace(cells=[row.cells[at] for at in places]) for row in table.rows]
    return replace(table, columns=[table.columns[at] for at in places], rows=rows)
