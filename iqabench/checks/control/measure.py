"""Scores every image with three references, and compares how far each agrees with the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, MethodError
from iqabench._util.progress import Overview
from iqabench.data.base import Dataset
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Paradigm
from iqabench.predict.loaded import LoadedMethod
from iqabench.runs.setup import Opened
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.precision import notes_of, said_of_float32
from iqabench.scoring.swapped import with_other_references
from iqabench.stats.arrays import Floats
from iqabench.stats.contents import Interval, content_mean, content_ratio
from iqabench.stats.correlation import srcc, within_content
from iqabench.stats.votes import vote_agreement

ALL = "all"
SHOWN = ("true", "other", "itself")
"""The right degraded image, that of another content, the restored image itself."""


@dataclass(frozen=True)
class Control:
    """One method on the images of one task, or on all."""

    method: str
    task: str
    images: int
    contents: int
    true: float
    """Agreement with the right degraded image: mean SRCC within contents, or share of votes; NaN where undefined."""
    other: float
    itself: float
    minus_other: float
    """``true`` minus ``other``, with its 95 % interval over contents."""
    minus_other_low: float
    minus_other_high: float
    minus_itself: float
    minus_itself_low: float
    minus_itself_high: float

    @property
    def verdict(self) -> str:
        """Whether the reference adds agreement that can be measured."""
        if np.isnan([self.minus_other_low, self.minus_itself_low]).any():
            return "cannot be told"
        above = self.minus_other_low > 0 and self.minus_itself_low > 0
        return "uses its reference" if above else "no better than NR"


@dataclass
class Controls:
    """What came of it."""

    rows: list[Control]
    dataset: str
    label_kind: str
    by_votes: bool
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def control(methods: Sequence[LoadedMethod], opened: Opened, machine: Machine, overview: Overview) -> Controls:
    """Score the images of ``opened`` that a run would score, and compare the three references.

    Raises
    ------
    DataError
        If the data set has no labels, not a degraded image for every row, or a single content.
    """
    dataset, rows = opened.dataset, _scored_rows(opened)
    name = dataset.card.name
    if rows["degraded"].isna().any():
        raise DataError(f"dataset {name} has no degraded image for every row: there is no reference to control")
    if not (dataset.has_mos or dataset.votes is not None):
        raise DataError(f"dataset {name} has no labels: the control asks how far scores agree with them")
    arranged = {"true": rows, "other": with_other_references(rows), "itself": rows.assign(degraded=rows["image"])}
    found = Controls([], name, dataset.card.label_kind, not dataset.has_mos)
    able = [one for one in methods if _can_be_controlled(one, opened, found)]
    scores = {shown: _scores(able, arranged[shown], shown, machine, overview, found) for shown in SHOWN if able}
    tasks = sorted(set(rows["task"]) - {""})
    for one in able:
        signed = {shown: scores[shown][one.name] * one.sign for shown in SHOWN}
        found.rows += [_control(one.name, task, rows, signed, dataset) for task in (*tasks, ALL)]
        found.notes += [*one.notes, *(f"{one.name}: {note}" for note in notes_of(one.method, machine.precision))]
    found.notes += said_of_float32([one.method for one in able], machine.precision)
    return found


def _scored_rows(opened: Opened) -> pd.DataFrame:
    if opened.split is None:
        return opened.dataset.frame
    frame = opened.split.apply(opened.dataset.frame)
    return frame[frame["part"] == "validate"].drop(columns="part").reset_index(drop=True)


def _can_be_controlled(one: LoadedMethod, opened: Opened, found: Controls) -> bool:
    training = one.training or {}
    if one.method.info.paradigms == (Paradigm.NR,):
        found.problems.append(f"{one.name}: it sees no reference; the control is for methods that compare")
        return False
    learnt_from_these = training.get("fingerprint") == opened.fingerprint
    if learnt_from_these and opened.split is not None and training.get("split") != opened.split.digest:
        found.problems.append(f"{one.name}: it learnt from another split of these images; leave --split out")
        return False
    return True


def _scores(
    methods: Sequence[LoadedMethod],
    rows: pd.DataFrame,
    shown: str,
    machine: Machine,
    overview: Overview,
    found: Controls,
) -> pd.DataFrame:
    jobs = {one.name: ScoringJob(one.tiled(None, blind=False), MemoryFolder(), set()) for one in methods}
    bars = {id(job): overview.add(f"{name}, reference {shown}", len(rows)) for name, job in jobs.items()}
    reference = parse_reference("degraded")

    def advance(job: ScoringJob, count: int) -> None:
        overview.advance(bars[id(job)], count)

    score_jobs(list(jobs.values()), plan_batches(rows, reference, machine.batch_size), reference, machine, advance)
    for name, job in jobs.items():
        overview.end(bars[id(job)])
        if job.failure or job.errors:
            found.problems.append(f"{name} (reference {shown}): {job.failure or job.errors[0]}")
    return pd.DataFrame({name: _of_rows(job, rows) for name, job in jobs.items()}, rows.index)


def _of_rows(job: ScoringJob, rows: pd.DataFrame) -> list[float]:
    if not isinstance(job.folder, MemoryFolder):
        raise MethodError("the control keeps its scores in memory")
    kept = (job.folder.found.get(image) for image in rows["image_id"])
    return [float("nan") if row is None or row.score is None else row.score for row in kept]


def _control(name: str, task: str, rows: pd.DataFrame, signed: dict[str, pd.Series], dataset: Dataset) -> Control:
    chosen = (rows["task"] == task) | (task == ALL)
    part = rows[chosen].reset_index(drop=True)
    scores = [signed[shown][chosen].to_numpy(dtype=np.float64) for shown in SHOWN]
    contents = part["content"].nunique()
    if np.isnan(scores).any():
        return Control(name, task, len(part), contents, *[float("nan")] * 9)
    if dataset.has_mos:
        sign = 1 if dataset.card.mos_higher_is_better else -1
        tops = _within(scores, sign * part["mos"].to_numpy(dtype=np.float64), part["content"].to_numpy())
        figures = [content_mean(top) for top in tops]
        gaps = [content_mean(tops[0] - top, (-2.0, 2.0)) for top in tops[1:]]
    else:
        agreeing, cast = _votes(scores, part, dataset)
        figures = [content_ratio(top, cast) for top in agreeing]
        gaps = [content_ratio(agreeing[0] - top, cast, (-1.0, 1.0)) for top in agreeing[1:]]
    return Control(name, task, len(part), contents, *(float(one.value) for one in figures), *_flat(gaps))


def _within(scores: list[Floats], mos: Floats, content: Floats) -> list[Floats]:
    """SRCC within each content; 0 where the scores are all equal, which says nothing; NaN where labels permit none."""
    possible = ~np.isnan(within_content(srcc, mos, mos, content).vector)
    return [np.where(possible, np.nan_to_num(within_content(srcc, one, mos, content).vector), np.nan) for one in scores]


def _votes(scores: list[Floats], part: pd.DataFrame, dataset: Dataset) -> tuple[list[Floats], Floats]:
    place = pd.Index(part["image_id"])
    votes = dataset.votes if dataset.votes is not None else pd.DataFrame()
    a, b = (place.get_indexer(pd.Index(votes[column])) for column in ("image_id_a", "image_id_b"))
    inside = (a >= 0) & (b >= 0)
    kept = votes[inside]
    labels = (kept["votes_a"].to_numpy(), kept["votes_b"].to_numpy(), kept["content"].to_numpy())
    found = [vote_agreement(one[a[inside]], one[b[inside]], *labels) for one in scores]
    return [one.agreeing for one in found], found[0].cast


def _flat(gaps: list[Interval]) -> list[float]:
    return [float(figure) for one in gaps for figure in (one.value, one.low, one.high)]
