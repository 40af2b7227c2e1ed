"""From evidence and wishes to an answer: which metrics fit, which agrees best, and which are level with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from iqabench.methods.registry import Registry
from iqabench.predict.advice.evidence import CHANCE, Evidence, EvidenceRow
from iqabench.predict.advice.licences import is_commercial, licence_of
from iqabench.stats.significance import LEVEL, holm

PARADIGMS = {"nothing": ("NR",), "input": ("NR", "DR"), "pristine": ("NR", "FR")}
"""What can be scored with what is at hand."""
Standing = Literal["best", "level", "open", "worse", "untested"]


@dataclass(frozen=True)
class Wishes:
    """What the metric must keep to."""

    task: str = "any"
    have: tuple[str, ...] = ("input",)
    max_cost: float | None = None
    """Milliseconds for an image, as stored."""
    commercial: bool = False

    @property
    def paradigms(self) -> tuple[str, ...]:
        """The paradigms that fit what is at hand."""
        return tuple(dict.fromkeys(one for word in self.have for one in PARADIGMS[word]))


@dataclass(frozen=True)
class Candidate:
    """A metric that fits."""

    row: EvidenceRow
    licence: str
    standing: Standing
    """``level``: not told apart from the best one, its interval lies above chance and reaches that of the best;
    ``open``: not told apart, but not that either; ``worse``: told apart; ``untested``: contents are too few to tell."""
    p: float | None
    """Of its difference to the best, Holm-corrected for the comparisons with the best; None where there is no test."""


@dataclass(frozen=True)
class Advice:
    """What one data set says."""

    evidence: Evidence
    candidates: list[Candidate]
    """Best first."""
    refused: dict[str, list[str]]
    """Labels of the rows that do not fit, by reason."""
    anything_apart: bool
    """True if a candidate is told apart from the best, or any two of them as in ``iqabench compare``."""

    @property
    def level(self) -> list[Candidate]:
        """Those that may be as good as the best."""
        return [one for one in self.candidates if one.standing in ("level", "untested")]

    @property
    def open(self) -> list[Candidate]:
        """Those that no test tells from the best, though nothing speaks for their being as good."""
        return [one for one in self.candidates if one.standing == "open"]

    @property
    def beats_chance(self) -> bool:
        """True if the interval of the best lies above what a metric reaches that knows nothing."""
        low = self.candidates[0].row.low
        return low is not None and low > CHANCE[self.evidence.statistic]


def advise(evidence: Evidence, wishes: Wishes, registry: Registry) -> Advice:
    """Choose among the rows of an evidence."""
    kept: list[tuple[int, str]] = []
    refused: dict[str, list[str]] = {}
    for place, row in enumerate(evidence.rows):
        licence = licence_of(row.method, registry)
        why = _why_not(row, licence, wishes)
        if why:
            refused.setdefault(why, []).append(row.label)
        else:
            kept.append((place, licence))
    places = [place for place, _ in kept]
    tested = [evidence.between(i, j).p_adjusted for n, i in enumerate(places) for j in places[n + 1 :]]
    to_best = _to_best(evidence, places)
    candidates = [
        Candidate(evidence.rows[place], licence, _standing(evidence, places[0], place, p), p)
        for (place, licence), p in zip(kept, to_best, strict=True)
    ]
    return Advice(evidence, candidates, refused, any(p is not None and p < LEVEL for p in (*tested, *to_best)))


def _to_best(evidence: Evidence, places: Sequence[int]) -> list[float | None]:
    """p-values of each place's difference to the first: that alone is asked, so Holm's correction counts no more."""
    alone = [evidence.between(places[0], place).p for place in places[1:]]
    adjusted = holm([math.nan if p is None else p for p in alone])
    return [None, *(None if math.isnan(p) else float(p) for p in adjusted)][: len(places)]


def _standing(evidence: Evidence, first: int, place: int, p: float | None) -> Standing:
    best, row = evidence.rows[first], evidence.rows[place]
    if place == first:
        return "best"
    if p is None:
        return "untested"
    if p < LEVEL:
        return "worse"
    reaches = row.high is None or best.low is None or row.high >= best.low
    least = row.value if row.low is None else row.low
    return "level" if reaches and least > CHANCE[evidence.statistic] else "open"


def _why_not(row: EvidenceRow, licence: str, wishes: Wishes) -> str:
    if row.paradigm not in wishes.paradigms:
        wanted = {"DR": "needs the input", "FR": "needs the pristine image"}
        return wanted.get(row.paradigm, "is no metric of these paradigms")
    if "best" in row.label.split("@")[2:]:
        return "its epoch was chosen by these very labels"
    if wishes.max_cost is not None:
        if row.ms_per_image is None:
            return "its cost is not known"
        if row.ms_per_image > wishes.max_cost:
            return f"takes more than {wishes.max_cost:g} ms"
    if wishes.commercial and not is_commercial(licence):
        return "its licence allows no commercial use, or none is stated"
    return ""
