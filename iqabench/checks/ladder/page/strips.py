"""Strips of pictures: one restoration with a fault that grows, and what each method said of every rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image

from iqabench.checks.ladder.climb import Climb
from iqabench.checks.ladder.faults import FAULTS, LEVELS, Fault
from iqabench.checks.ladder.starts import STARTS, LadderContent, content_of
from iqabench.render.report.thumbnails import data_address
from iqabench.synthesis.photographs import Photograph

SHOWN = 144
"""Side in pixels of the cut-out that a strip shows, at full resolution."""


@dataclass(frozen=True)
class Said:
    """One method's scores along a strip."""

    name: str
    arrow: str
    scores: list[str]
    rises: list[bool]
    """True where the score is better than that of the rung before."""


@dataclass(frozen=True)
class Strip:
    """One kind of fault on one start."""

    kind: str
    unit: str
    start: str
    pictures: list[str]
    """Addresses of the cut-outs."""
    strengths: list[str]
    said: list[Said]


def strips(climb: Climb, photographs: Sequence[Photograph]) -> list[Strip]:
    """A strip for each start and kind, of the first content that was scored."""
    first = str(climb.frame["content"].iloc[0])
    content = content_of(next(one for one in photographs if one.name == first), climb.size)
    return [_strip(climb, content, start, fault) for start in STARTS for fault in FAULTS]


def _strip(climb: Climb, content: LadderContent, start: str, fault: Fault) -> Strip:
    picture = content.start(start)
    pictures = [fault.on(picture, level, content.name, climb.seed)[:SHOWN, :SHOWN] for level in LEVELS]
    return Strip(
        fault.kind,
        fault.unit,
        start,
        [data_address(Image.fromarray(one)) for one in pictures],
        ["no fault", *(f"{strength:g}" for strength in fault.strengths)],
        [_said(climb, name, content.name, start, fault.kind) for name in climb.names],
    )


def _said(climb: Climb, name: str, content: str, start: str, kind: str) -> Said:
    frame = climb.frame
    rows = (frame["content"] == content) & (frame["start"] == start) & (frame["kind"] == kind)
    raw, signed = frame.loc[rows, name].tolist(), climb.signed(name)[rows].tolist()
    rises = [False, *(after > before for before, after in pairwise(signed))]
    return Said(name, "↑" if climb.signs[name] > 0 else "↓", [f"{score:.4g}" for score in raw], rises)
