"""The cells of a plan on given data: what each one needs, and the printed figure beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from iqabench.reproduce.plans import PlanColumn, PlanRow, Published, Spec, TablePlan, read_published


@dataclass(frozen=True)
class PlanCell:
    """One figure of a table. ``spec`` is complete: row over column over plan."""

    row: str
    group: str
    column: str
    spec: Spec
    digits: int
    direction: str
    published: Published | None = None
    marked: bool = True
    """True if it may be marked as best or second."""

    @property
    def method(self) -> str:
        """Name of the method, which every cell of a plan has."""
        return self.spec.method or ""

    @property
    def statistic(self) -> str:
        """Name of the statistic, which every cell of a plan has."""
        return self.spec.statistic or ""


Line = TypeVar("Line", PlanRow, PlanColumn)


def expand(plan: TablePlan, labels: pd.DataFrame) -> list[PlanCell]:
    """Every cell of ``plan``, row by row.

    A row or column with ``each`` becomes one for each value that ``labels`` (manifest columns) has there.
    Printed figures are found by the labels of row and column, whatever their case.
    """
    printed = read_published(plan.published) if plan.published else {}
    by_label = {(row.casefold(), column.casefold()): figure for (row, column), figure in printed.items()}
    columns = [one for column in plan.columns for one in _each(column, labels)]
    cells = []
    for row in (one for line in plan.rows for one in _each(line, labels)):
        for column in columns:
            spec = row.over(column.over(plan.cell))
            figure = by_label.get((row.label.casefold(), column.label.casefold()))
            place = (row.label, row.group, column.label)
            cells.append(PlanCell(*place, spec, column.digits, column.direction, figure, row.marked))
    return cells


def _each(line: Line, labels: pd.DataFrame) -> Iterator[Line]:
    if line.each is None:
        yield line
        return
    for value in sorted(set(labels[line.each].astype(str)) - {""}):
        label = line.label.replace(f"{{{line.each}}}", value)
        only = (value,) if line.each == "category" else value
        yield line.model_copy(update={"label": label, line.each: only, "each": None})
