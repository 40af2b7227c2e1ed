"""The control as a table: one row for each method and task."""

from __future__ import annotations

import math
from dataclasses import asdict

import pandas as pd

from iqabench.checks.control.measure import Control, Controls
from iqabench.render.flat import flat
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.write import PROGRAMS, write


def control_text(controls: Controls, style: str) -> str:
    """The controls in one of ``text``, ``markdown``, ``latex``, ``csv`` and ``json``."""
    if style in PROGRAMS:
        return write([flat(pd.DataFrame([asdict(one) | {"verdict": one.verdict} for one in controls.rows]))], style)
    return write([_table(controls)], style)


def _table(controls: Controls) -> Table:
    figure = "vote agreement" if controls.by_votes else "SRCC within contents"
    title = f"Wrong-reference control on {controls.dataset} ({controls.label_kind} labels): {figure}"
    columns = [
        Column("method", "method", heading=True, groups=True, needed=True),
        Column("task", "task", needed=True),
        Column("images", "images", numeric=True),
        Column("true", "true D", 1, 3, numeric=True),
        Column("other", "D of another content", digits=3, numeric=True),
        Column("itself", "R itself", digits=3, numeric=True),
        Column("minus_other", "true minus other", 1, 3, numeric=True),
        Column("minus_itself", "true minus R itself", 1, 3, numeric=True),
        Column("verdict", "verdict", needed=True),
    ]
    footer = [
        "D: the degraded image. Both differences are above zero, their 95 % intervals too (Student's t over contents), "
        "where a method uses its reference; where not, what it is shown adds nothing that these labels can measure.",
        "Scores that are equal within a content say nothing: SRCC 0, half of the votes.",
        "A dash: no content has three images of the task whose labels differ, or a score is missing.",
        "A distance to a degraded image can agree backwards (below chance): what lies nearest to a bad image is bad.",
    ]
    return Table(columns, [_row(one) for one in controls.rows], title=title, caption=f"{title}.", footer=footer)


def _row(one: Control) -> Row:
    return Row(
        [
            Cell(one.method, one.method),
            Cell(one.task, one.task),
            Cell(str(one.images), one.images),
            *(_cell(value) for value in (one.true, one.other, one.itself)),
            _cell(one.minus_other, one.minus_other_low, one.minus_other_high),
            _cell(one.minus_itself, one.minus_itself_low, one.minus_itself_high),
            Cell(one.verdict, one.verdict),
        ]
    )


def _cell(value: float, low: float = math.nan, high: float = math.nan) -> Cell:
    if math.isnan(value):
        return Cell("–")
    return Cell(f"{value:z.3f}", value, "" if math.isnan(low) else f"[{low:z.3f}, {high:z.3f}]")
