"""A critical-difference plot of the ranked runs: figures, intervals, bars that join what cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass

from iqabench.render.report.board import interval_text
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.scale import Tick, scale_over
from iqabench.render.report.significance import Matrix
from iqabench.stats.significance import groups_of

TOP, ROW, BELOW = 10, 20, 44
BAR, FAR = 11, 12
"""Drawing units between two bars, and between the axis and the first of them."""
LISTED, NAMED = 6, 4
"""Runs that the short list tells of, and names in one of its sentences."""


@dataclass(frozen=True)
class Room:
    """How large a plot may be, in drawing units that are a pixel each."""

    width: int
    left: int
    """Where the axis begins."""
    letters: int
    """Of a name beside its row; the whole name is said when one points at it."""
    bars: int
    """That stand beside the axis."""
    ticks: int


BROAD, SLIM = Room(760, 232, 30, 20, 6), Room(360, 136, 17, 8, 3)
"""Of a desk, and of a phone."""


@dataclass(frozen=True)
class Placed:
    """One run: its dot and its interval, in drawing units."""

    label: str
    name: str
    text: str
    y: float
    x: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LevelBar:
    """A group that cannot be told apart: a dot for each member, and a line through them."""

    x: float
    ys: list[float]


@dataclass(frozen=True)
class Diagram:
    """The plot, ready to be written as SVG, and a few sentences that say the most of it."""

    places: list[Placed]
    bars: list[LevelBar]
    left_out: int
    """Groups that have no room; the matrix has them."""
    ticks: list[Tick]
    sentences: list[str]
    height: int
    right: float
    width: int
    left: int
    top: int = TOP

    @property
    def bottom(self) -> int:
        """Where the axis lies."""
        return self.height - BELOW


def diagram(matrix: Matrix, ranking: Ranking, room: Room = BROAD) -> Diagram:
    """Lay out the ranked runs of ``matrix``, best on top, as many as the matrix shows."""
    groups = groups_of(str(run.row["group"] or "") for run in matrix.runs)
    drawn = groups[: room.bars]
    right = room.width - FAR - BAR * len(drawn)
    low, high = ranking.bounds
    values = [run.row[name] for run in matrix.runs for name in (ranking.statistic, low, high)]
    scale = scale_over([value for value in values if value is not None], room.left, right, margin=0.02)
    ys = [TOP + ROW * (place + 0.5) for place in range(len(matrix.runs))]
    places = []
    for run, y in zip(matrix.runs, ys, strict=True):
        value, ends = float(run.row[ranking.statistic]), (run.row[low], run.row[high])
        known = None not in ends
        label = (
            f"{run.row['rank']}  {run.name if len(run.name) <= room.letters else run.name[: room.letters - 1] + '…'}"
        )
        interval = f", {interval_text(*ends)}" if known else ""
        text = f"{run.name}: " + f"{value:z.3f}".replace("-", "−") + interval
        spots = [scale.at(end) if known else None for end in ends]
        places.append(Placed(label, run.name, text, y, scale.at(value), *spots))
    bars = [LevelBar(right + FAR + BAR * i, [ys[place] for place in group]) for i, group in enumerate(drawn)]
    height = TOP + ROW * len(ys) + BELOW
    left_out, ticks = len(groups) - len(drawn), scale.ticks(room.ticks)
    return Diagram(places, bars, left_out, ticks, _told(matrix), height, right, room.width, room.left)


def _told(matrix: Matrix) -> list[str]:
    """Who is better than whom, for the first runs that are better than any other."""
    wins: dict[str, list[str]] = {}
    for first, second, cell in matrix.pairs:
        if cell.found.verdict != "same":
            better, worse = (first, second) if cell.found.verdict == "better" else (second, first)
            wins.setdefault(better.name, []).append(worse.name)
    if not wins:
        return [f"No difference between the {len(matrix.runs)} runs is significant."]
    sentences = [f"{name} is better than {_some(worse)}." for name, worse in list(wins.items())[:LISTED]]
    others = len(wins) - LISTED
    if others > 0:
        more = "runs are" if others > 1 else "run is"
        sentences.append(f"{others} more {more} better than some other; the matrix says than which.")
    told = sum(map(len, wins.values()))
    return [*sentences, f"Of {len(matrix.pairs)} pairs {told} are told apart."]


def _some(names: list[str]) -> str:
    if len(names) <= NAMED + 1:
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} others"
