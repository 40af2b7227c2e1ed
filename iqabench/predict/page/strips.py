"""Scores as the page draws them: each in a strip, beside those of the other restorations of its content."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from iqabench._util.text import printable
from iqabench.predict.score_pairs import MethodScores
from iqabench.predict.tables import number

STRIP = 120
"""Width of the drawing of all scores, in its own units."""


@dataclass(frozen=True)
class Score:
    """One method's score of one image."""

    name: str
    arrow: str
    text: str
    rank: str
    at: float | None
    """Position in the strip, the best of all (of the content, where only those compare) on the right."""
    peers: list[float]
    """Positions of the other restorations of the content."""


def drawn_scores(
    column: MethodScores, scores: pd.DataFrame, ranks: pd.DataFrame, contents: Sequence[str]
) -> list[Score]:
    """One method's scores of all images, as they are drawn."""
    values, places = scores[column.name].tolist(), ranks[column.name].tolist()
    # From end to end lie the scores that compare.
    ends: dict[str, list[float]] = {}
    groups = contents if column.within_content else [""] * len(contents)
    for value, group in zip(values, groups, strict=True):
        if not math.isnan(value):
            ends.setdefault(group, []).append(value * column.sign)
    at = [
        None if math.isnan(value) else _place(value * column.sign, ends[group])
        for value, group in zip(values, groups, strict=True)
    ]
    members: dict[str, list[int]] = {}
    for row, content in enumerate(contents):
        members.setdefault(content, []).append(row)
    found = []
    for row, content in enumerate(contents):
        among = members[content]
        peers = [place for other in among if other != row and (place := at[other]) is not None]
        ranked = sum(not math.isnan(places[other]) for other in among)
        rank = "" if math.isnan(places[row]) else f"{places[row]:g} of {ranked}"
        found.append(Score(printable(column.name), column.arrow, number(values[row]), rank, at[row], peers))
    return found


def _place(value: float, among: list[float]) -> float:
    """Position in the strip of ``value``, from the least to the largest of ``among``."""
    low, span = min(among), max(among) - min(among)
    return round(5 + (STRIP - 10) * ((value - low) / span if span else 0.5), 1)
