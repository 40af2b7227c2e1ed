"""From scores to everything that the page shows; nothing here writes HTML."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from iqabench._util.progress import Overview
from iqabench._util.text import printable
from iqabench._util.version import __version__
from iqabench.data.images import upsample
from iqabench.data.references import whole_factor
from iqabench.predict.page.pictures import Picture, Pictures, busiest_corner, shown_pixels
from iqabench.predict.ranks import AlgorithmRanks, rank_algorithms, ranks_within_content
from iqabench.predict.same_content import ALIKE
from iqabench.predict.score_pairs import MethodScores, PairScores
from iqabench.predict.tables import algorithms, number, tidy
from iqabench.render.table import Table

STRIP = 120
"""Width of the drawing of all scores, in its own units."""


@dataclass(frozen=True)
class ShownInput:
    """A degraded image as the methods saw it."""

    key: str
    picture: Picture


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


@dataclass(frozen=True)
class RestoredCard:
    """One restored image."""

    image: str
    content: str
    algorithm: str
    picture: Picture | None
    shown: ShownInput | None
    enlarged: str
    scores: list[Score]
    values: str
    """JSON: one number per method, higher is better, null where missing; what the page sorts by."""
    strange: str
    error: str


def page_context(pair_scores: PairScores, overview: Overview) -> dict[str, Any]:
    """The variables of ``scores.html.j2``."""
    order, columns = tidy(pair_scores).index, pair_scores.columns
    frame, scores = (part.loc[order].reset_index(drop=True) for part in (pair_scores.frame, pair_scores.scores))
    pictures = Pictures(len(frame) + frame["degraded"].dropna().nunique())
    cards = _cards(frame, scores, columns, pictures, overview)
    ranks = rank_algorithms(frame, scores, columns)
    return {
        "version": __version__,
        "columns": columns,
        "by_content": pair_scores.by_content,
        "cards": cards,
        "shown": list({card.shown.key: card.shown for card in cards if card.shown is not None}.values()),
        "side": pictures.side,
        "left_out": pictures.left_out,
        "contents": sorted(set(frame["content"].map(printable))),
        "algorithms": sorted(set(frame["algorithm"].map(printable)) - {""}),
        "ranks": None if ranks is None else _mean_ranks(pair_scores, ranks),
        "scored": int(scores.notna().all(axis=1).sum()),
        "problems": pair_scores.problems,
        "warnings": pair_scores.warnings,
        "notes": pair_scores.notes,
        "rules": [(column, pair_scores.tiled(column)) for column in columns],
        "citations": list(dict.fromkeys(column.citation.strip() for column in columns if column.citation.strip())),
    }


def _mean_ranks(pair_scores: PairScores, ranks: AlgorithmRanks) -> Table:
    """The caption says what the figures are, so that the name of a method is heading enough."""
    table = algorithms(pair_scores, ranks, label="{}")
    caption = f"Mean rank among the restorations of the same content: {table.footer[0]}"
    first, *others = table.columns
    return replace(table, columns=[replace(first, label="Algorithm"), *others], caption=caption)


def _cards(
    frame: pd.DataFrame, scores: pd.DataFrame, columns: list[MethodScores], pictures: Pictures, overview: Overview
) -> list[RestoredCard]:
    ranks = ranks_within_content(frame, scores, columns)
    drawn = [_drawn(column, scores, ranks, frame["content"].tolist()) for column in columns]
    made: dict[tuple[str, int, int], _Partner] = {}
    bar = overview.add("pictures for the page", len(frame))
    cards = []
    for row, record in enumerate(frame.to_dict("records")):
        pixels = shown_pixels(record["image"])
        partner = _Partner(None, None, "")
        if pixels is not None and record["degraded"] is not None:
            key = (record["degraded"], pixels.shape[0], pixels.shape[1])
            if key not in made:
                made[key] = _partner(pictures, f"d{len(made)}", *key)
            partner = made[key]
        values = [float(scores[column.name].iloc[row]) * column.sign for column in columns]
        cards.append(
            RestoredCard(
                image=printable(record["image_id"]),
                content=printable(record["content"]),
                algorithm=printable(record["algorithm"]),
                picture=None if pixels is None else pictures.make(pixels, partner.corner or busiest_corner(pixels)),
                shown=partner.shown,
                enlarged=partner.enlarged,
                scores=[of_column[row] for of_column in drawn],
                values=json.dumps([None if math.isnan(value) else value for value in values]),
                strange=f"{record['correlation']:z.2f}" if record["correlation"] < ALIKE else "",
                error=printable(record["error"]),
            )
        )
        overview.advance(bar, 1)
    overview.end(bar)
    return cards


def _drawn(column: MethodScores, scores: pd.DataFrame, ranks: pd.DataFrame, contents: list[str]) -> list[Score]:
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


class _Partner(NamedTuple):
    """The degraded image of a card, where both are cut, and its size in words."""

    shown: ShownInput | None
    corner: tuple[int, int] | None
    enlarged: str


def _partner(pictures: Pictures, key: str, degraded: str, height: int, width: int) -> _Partner:
    given = shown_pixels(degraded)
    if given is None or given.shape[0] > height or given.shape[1] > width:
        return _Partner(None, None, "")  # the row says why it has no score
    seen = upsample(given, height, width) if given.shape[:2] != (height, width) else given
    corner = busiest_corner(seen)
    picture = pictures.make(seen, corner)
    factor = whole_factor((given.shape[0], given.shape[1]), (height, width)) or 1
    said = f"{given.shape[1]} × {given.shape[0]}" + (f", enlarged × {factor}" if factor > 1 else "")
    return _Partner(None if picture is None else ShownInput(key, picture), corner, said)
