"""The plot: one line for each kind of fault, on it a dot with its interval for each method."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from iqabench.checks.ladder.climb import Climb
from iqabench.checks.ladder.faults import FAULTS
from iqabench.checks.ladder.order import ALL
from iqabench.render.report.scale import Scale, Tick

COLOURS = 7
"""Colours of the house style; more methods take them again."""
_LEFT, _RIGHT, _WIDTH, _TOP = 110, 620, 640, 12
_GAP, _ROOM = 9, 12
"""Between the dots of one kind, and between two kinds."""


@dataclass(frozen=True)
class Dot:
    """One share."""

    x: float
    y: float
    low: float | None
    high: float | None
    colour: int
    text: str


@dataclass(frozen=True)
class LadderPlot:
    """Everything that the drawing needs, in its own units."""

    dots: list[Dot]
    kinds: list[Tick]
    ticks: list[Tick]
    legend: list[tuple[str, int]]
    chance: float
    left: int
    right: int
    top: int
    bottom: int
    width: int
    height: int


def ladder_plot(climb: Climb, shares: pd.DataFrame) -> LadderPlot:
    """Shares over all starts, by kind and for all kinds."""
    x = Scale(0.0, 1.0, _LEFT, _RIGHT)
    step = _GAP * len(climb.names) + _ROOM
    of_all_starts = {(row["method"], row["kind"]): row for row in shares.to_dict("records") if row["start"] == ALL}
    dots, kinds = [], []
    for place, kind in enumerate((*(fault.kind for fault in FAULTS), ALL)):
        top = _TOP + place * step
        kinds.append(Tick(top + step / 2, kind))
        for number, name in enumerate(climb.names):
            row = of_all_starts[name, kind]
            share, lowest, highest = (float(row[figure]) for figure in ("share", "low", "high"))
            if math.isnan(share):  # a score is missing
                continue
            known = not math.isnan(lowest)
            text = f"{name}, {kind}: {share:z.3f}" + (f" [{lowest:z.3f}, {highest:z.3f}]" if known else "")
            y = round(top + _ROOM / 2 + _GAP * (number + 0.5), 1)
            low, high = (x.at(lowest), x.at(highest)) if known else (None, None)
            dots.append(Dot(x.at(share), y, low, high, number % COLOURS, text))
    bottom = _TOP + len(kinds) * step
    legend = [(name, number % COLOURS) for number, name in enumerate(climb.names)]
    return LadderPlot(
        dots, kinds, x.ticks(), legend, x.at(0.5), _LEFT, _RIGHT, _TOP, bottom, _WIDTH, bottom + 48 + 18 * len(legend)
    )
