"""Which figures of a table are the best and the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iqabench.render.best import best_and_second
from iqabench.render.table import Emphasis
from iqabench.reproduce.cells import PlanCell
from iqabench.reproduce.plans import Spec


@dataclass(frozen=True)
class Marked:
    """A cell with the figure it shows; NaN if it shows none."""

    cell: PlanCell
    value: float


def marks(cells: Sequence[Marked]) -> list[Emphasis]:
    """Best and second within each column whose cells answer one question, else within each row that does.

    One question: the same statistic of the same images, or the mean scores of several algorithms.
    Rows with ``marked = false`` (an upper bound) take no part.
    """
    found: list[Emphasis] = [""] * len(cells)
    for line in ("column", "row"):
        for name in dict.fromkeys(getattr(one.cell, line) for one in cells):
            members = [i for i, one in enumerate(cells) if getattr(one.cell, line) == name and one.cell.marked]
            if _one_question([cells[i].cell for i in members]) and not any(found[i] for i in members):
                _mark(found, cells, members)
        if any(found):
            break
    return found


def _one_question(cells: Sequence[PlanCell]) -> bool:
    return len({(_images(cell.spec), cell.statistic, cell.spec.scale, cell.direction) for cell in cells}) == 1


def _images(spec: Spec) -> tuple[object, ...]:
    algorithm = None if spec.statistic == "mean_score" else spec.algorithm
    return (spec.split, spec.category, algorithm)


def _mark(found: list[Emphasis], cells: Sequence[Marked], members: Sequence[int]) -> None:
    sign = -1 if members and cells[members[0]].cell.direction == "lower" else 1
    values = np.array([sign * cells[i].value for i in members], dtype=np.float64)
    for i, mark in zip(members, best_and_second(values), strict=True):
        found[i] = mark
