"""Scores every rung with every method, content by content, by the engine that scores everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, UserError
from iqabench._util.progress import Overview
from iqabench._util.text import counted
from iqabench.checks.ladder.faults import FAULTS, LEVELS
from iqabench.checks.ladder.starts import STARTS, LadderContent, content_of
from iqabench.data.frames import manifest_frame
from iqabench.data.references import parse_reference
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.signed import score_signature
from iqabench.results.store import ScoreRow
from iqabench.scoring.batches import InMemory, plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.precision import notes_of, said_of_float32
from iqabench.scoring.tiles import Tiled
from iqabench.synthesis.photographs import Photograph

RUNGS = ("content", "start", "kind", "level")
"""Columns that name a rung."""
PER_CONTENT = len(STARTS) * (1 + len(FAULTS) * (len(LEVELS) - 1))
"""Pictures of one content: a start is scored once for all kinds."""


@dataclass
class Climb:
    """What every method said of every rung."""

    names: list[str]
    signs: dict[str, int]
    """+1 if a higher score of the method means better quality, -1 if lower does."""
    blind: dict[str, bool]
    """True for a method that was shown R alone."""
    frame: pd.DataFrame
    """One row for each rung: columns :data:`RUNGS`, and one for each method with its raw score, NaN where missing."""
    size: int
    seed: int
    signatures: list[str]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Why scores are missing."""

    def signed(self, name: str) -> pd.Series:
        """Scores of the method ``name``, higher meaning better."""
        return self.frame[name] * self.signs[name]


def climb(
    methods: Sequence[LoadedMethod],
    photographs: Sequence[Photograph],
    machine: Machine,
    overview: Overview,
    *,
    size: int,
    seed: int = 0,
) -> Climb:
    """Put every fault on every start of every photograph, and score all of it.

    Pictures are made content by content and kept in memory only that long. A method that breaks the contract costs its
    own scores only.

    A photograph that cannot be used costs its own rungs only; an interruption (Ctrl-C) ends the work, and what was
    scored by then is kept.

    Raises
    ------
    UserError
        If no photograph can be used.
    """
    jobs = {one.name: ScoringJob(_tiled(one), MemoryFolder(), set()) for one in methods}
    bars = {id(job): overview.add(f"ladder of {name}", PER_CONTENT * len(photographs)) for name, job in jobs.items()}

    def advance(job: ScoringJob, count: int) -> None:
        overview.advance(bars[id(job)], count)

    reference = parse_reference("degraded")
    parts: list[pd.DataFrame] = []
    problems: list[str] = []
    try:
        for photograph in photographs:
            try:
                content = content_of(photograph, size)
            except DataError as error:
                problems.append(f"left out: {error}")
                continue
            batches = plan_batches(_rungs(content, seed), reference, machine.batch_size)
            score_jobs(list(jobs.values()), batches, reference, machine, advance)
            parts.append(_with_scores(content.name, jobs))
    except KeyboardInterrupt:
        problems.append(f"interrupted: {len(parts)} of {counted(len(photographs), 'content')} scored")
    if not parts:
        raise UserError("\n".join(problems))
    for bar in bars.values():
        overview.end(bar)
    return Climb(
        [one.name for one in methods],
        {one.name: one.sign for one in methods},
        {one.name: jobs[one.name].method.blind for one in methods},
        pd.concat(parts, ignore_index=True),
        size,
        seed,
        [_signature(one, jobs[one.name].method, machine) for one in methods],
        [
            *(note for one in methods for note in one.notes),
            *said_of_float32([one.method for one in methods], machine.precision),
            *(f"{one.name}: {note}" for one in methods for note in notes_of(one.method, machine.precision)),
        ],
        problems + [said for name, job in jobs.items() for said in _problems(name, job)],
    )


def _tiled(one: LoadedMethod) -> Tiled:
    return one.tiled(None, blind=one.blind(has_reference=True))


def _signature(one: LoadedMethod, tiled: Tiled, machine: Machine) -> str:
    return score_signature(
        one.method,
        reference="none" if tiled.blind else "degraded",
        tiling=tiled.tiling,
        precision=machine.precision,
        training=one.training,
    )


def _rungs(content: LadderContent, seed: int) -> pd.DataFrame:
    shown = InMemory(f"{content.name} (degraded)", content.degraded)
    rows = []
    for start in STARTS:
        picture = content.start(start)
        pictures = {("", 0): picture} | {
            (fault.kind, level): fault.on(picture, level, content.name, seed)
            for fault in FAULTS
            for level in LEVELS
            if level
        }
        for (kind, level), pixels in pictures.items():
            name = _name(content.name, start, kind, level)
            rows.append({"image_id": name, "image": InMemory(name, pixels), "degraded": shown, "content": content.name})
    return manifest_frame(rows)


def _name(content: str, start: str, kind: str, level: int) -> str:
    return f"{content}, {start}" + (f", {kind} {level}" if level else "")


def _with_scores(content: str, jobs: dict[str, ScoringJob]) -> pd.DataFrame:
    rungs = [(content, start, fault.kind, level) for start in STARTS for fault in FAULTS for level in LEVELS]
    frame = pd.DataFrame(rungs, columns=list(RUNGS))
    images = [_name(*rung) for rung in rungs]
    for name, job in jobs.items():
        frame[name] = [_score(_found(job).get(image)) for image in images]
    return frame


def _score(row: ScoreRow | None) -> float:
    return float("nan") if row is None or row.score is None else row.score


def _found(job: ScoringJob) -> dict[str, ScoreRow]:
    if not isinstance(job.folder, MemoryFolder):
        raise UserError("the ladder keeps its scores in memory")
    return job.folder.found


def _problems(name: str, job: ScoringJob) -> list[str]:
    if job.failure:
        return [job.failure]
    if not job.errors:
        return []
    more = f" (and {len(job.errors) - 1} more)" if len(job.errors) > 1 else ""
    return [f"{name}: {job.errors[0]}{more}"]
