"""All methods over all pairs in one pass: every image is decoded once, whatever fails costs its own rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError
from iqabench._util.progress import Overview
from iqabench.data.references import Reference, parse_reference
from iqabench.methods.tiling import Tiling
from iqabench.predict.limits import beyond_limits, declared_limits
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.noise import NoiseLevel
from iqabench.predict.pairs import NAMED, Pairs
from iqabench.predict.same_content import ALIKE, SameContent
from iqabench.predict.signed import score_signature
from iqabench.predict.suitable import Fitness, examine
from iqabench.results.store import ScoreRow
from iqabench.scoring.batches import ImageBatch, plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.tiles import Tiled

PIXELS_AT_ONCE = 2**21
"""Pixels of restored images in one batch: larger images are scored fewer at a time, so that memory stays bounded."""


@dataclass(frozen=True)
class MethodScores:
    """One method's scores."""

    name: str
    sign: int
    """+1 if a higher score means better quality, -1 if lower does."""
    blind: bool
    tiling: Tiling
    citation: str = ""
    signature: str = ""
    """What made the scores, in one line: see :mod:`iqabench.results.signature`."""
    within_content: bool = False
    """True if scores of different contents do not compare."""

    @property
    def arrow(self) -> str:
        """An arrow that points to better."""
        return "↑" if self.sign > 0 else "↓"


@dataclass
class PairScores:
    """Scores of all pairs, with warnings and problems.

    ``frame`` has one row per restored image: ``image_id``, ``image``, ``degraded``, ``content``, ``algorithm``,
    ``width``, ``height`` (0 where unknown), ``correlation`` with the degraded image at low resolution, ``notes`` (how
    the two images were converted, and why their scores may mislead), and ``error`` (why scores are missing; empty if
    none is). ``scores`` has the same rows, one column per method, NaN where missing.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame
    columns: list[MethodScores]
    problems: list[str] = field(default_factory=list)
    """What was not scored and why: the command ends with exit code 2 if there is any."""
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conversions: list[str] = field(default_factory=list)
    """Those of the notes that say how images were converted."""
    limits: list[str] = field(default_factory=list)
    """Those of the notes that say what the methods' scores must not be taken for."""
    interrupted: bool = False

    @property
    def by_content(self) -> bool:
        """True if images are listed content by content: the first method's scores compare within a content alone."""
        return self.columns[0].within_content and len(set(self.frame["content"])) > 1

    def tiled(self, column: MethodScores) -> int:
        """How many images ``column`` was scored on in tiles."""
        sizes = self.frame[["height", "width"]].itertuples(index=False)
        return sum(column.tiling.cuts(height, width) for height, width in sizes)


def score_pairs(
    pairs: Pairs, methods: Sequence[LoadedMethod], machine: Machine, tiling: Tiling | None, overview: Overview
) -> PairScores:
    """Score every pair with every method. ``tiling`` None leaves the rule to each method.

    An interruption (Ctrl-C) ends the work; what was scored by then is kept.

    Raises
    ------
    MethodError
        If no method can score without a reference and there is none.
    """
    rows = pairs.rows
    shown, refused = _what_is_shown(methods, has_reference=bool(rows["degraded"].notna().any()))
    needs_reference = not all(blind for _, blind in shown)
    fitness = examine(rows, needs_reference=needs_reference)
    fit = rows[~rows["image_id"].isin(list(fitness.unfit))]
    jobs = {ready.name: _job(ready.tiled(tiling, blind=blind)) for ready, blind in shown}
    likeness = _job(Tiled(SameContent(), Tiling(whole_pixels=None)))
    noise = _job(Tiled(NoiseLevel(), Tiling(whole_pixels=None), blind=True))
    judged_by_noise = [noise] if any(ready.method.info.most_noise is not None for ready, _ in shown) else []
    bars = {name: overview.add(f"score {name}", len(fit)) for name in jobs if len(fit)}
    moved = {id(jobs[name]): bar for name, bar in bars.items()}
    reference = parse_reference("degraded" if needs_reference else "none")
    interrupted = False
    try:
        score_jobs(
            [*jobs.values(), *([likeness] if needs_reference else []), *judged_by_noise],
            _batches(fit, fitness, machine, reference),
            reference,
            machine,
            lambda job, count: overview.advance(moved[id(job)], count) if id(job) in moved else None,
        )
    except KeyboardInterrupt:
        interrupted = True
    for bar in bars.values():
        overview.end(bar, "interrupted" if interrupted else "done")
    frame = _frame(rows, fitness, likeness, jobs)
    levels = dict(zip(frame["image_id"], _scores(noise, frame["image_id"]), strict=True))
    methods_shown = [ready for ready, _ in shown]
    by_image, beyond = beyond_limits(methods_shown, fitness.factors, levels)
    limits = declared_limits(methods_shown)
    frame["notes"] = [
        (*notes, *by_image.get(image, ())) for notes, image in zip(frame["notes"], frame["image_id"], strict=True)
    ]
    columns = [_column(ready, jobs[ready.name].method, machine, blind=blind) for ready, blind in shown]
    return PairScores(
        frame,
        pd.DataFrame({name: _scores(job, frame["image_id"]) for name, job in jobs.items()}, frame.index),
        columns,
        [
            *pairs.problems,
            *refused,
            *fitness.sentences(),
            *_failures(jobs, frame, fitness, interrupted=interrupted),
        ],
        _strangers(frame),
        [*_notes(pairs, shown, jobs, fitness), *limits, *beyond],
        fitness.notes,
        limits,
        interrupted,
    )


def _what_is_shown(
    methods: Sequence[LoadedMethod], *, has_reference: bool
) -> tuple[list[tuple[LoadedMethod, bool]], list[str]]:
    """Each method that can take part and whether it sees R alone; what the others say."""
    shown, refused = [], []
    for ready in methods:
        try:
            shown.append((ready, ready.blind(has_reference)))
        except MethodError as error:
            refused.append(str(error))
    if not shown:
        raise MethodError("; ".join(refused))
    return shown, refused


def _notes(
    pairs: Pairs, shown: list[tuple[LoadedMethod, bool]], jobs: dict[str, ScoringJob], fitness: Fitness
) -> list[str]:
    said = [note for ready, _ in shown for note in ready.notes]
    manners = [f"{name}: {remark}" for name, job in jobs.items() for remark in job.remarks]
    return list(dict.fromkeys([*pairs.notes, *said, *manners, *fitness.notes]))


def _column(ready: LoadedMethod, tiled: Tiled, machine: Machine, *, blind: bool) -> MethodScores:
    signed = score_signature(
        ready.method, blind=blind, tiling=tiled.tiling, precision=machine.precision, training=ready.training
    )
    info = ready.method.info
    return MethodScores(ready.name, ready.sign, blind, tiled.tiling, info.citation, signed, info.within_content)


def _job(method: Tiled) -> ScoringJob:
    return ScoringJob(method, MemoryFolder(), set())


def _found(job: ScoringJob) -> dict[str, ScoreRow]:
    assert isinstance(job.folder, MemoryFolder)
    return job.folder.found


def _batches(rows: pd.DataFrame, fitness: Fitness, machine: Machine, reference: Reference) -> list[ImageBatch]:
    limits = rows["image_id"].map(lambda name: _at_once(fitness.sizes[name], machine.batch_size))
    planned = (plan_batches(part, reference, int(str(limit))) for limit, part in rows.groupby(limits))
    return [batch for batches in planned for batch in batches]


def _at_once(size: tuple[int, int] | None, most: int) -> int:
    return most if size is None else max(1, min(most, PIXELS_AT_ONCE // max(1, size[0] * size[1])))


def _frame(rows: pd.DataFrame, fitness: Fitness, likeness: ScoringJob, jobs: dict[str, ScoringJob]) -> pd.DataFrame:
    frame = rows[["image_id", "image", "degraded", "content", "algorithm"]].copy()
    sizes = [fitness.sizes[name] or (0, 0) for name in frame["image_id"]]
    frame["width"], frame["height"] = [width for _, width in sizes], [height for height, _ in sizes]
    frame["correlation"] = _scores(likeness, frame["image_id"])
    frame["notes"] = [fitness.conversions.get(name, ()) for name in frame["image_id"]]
    frame["error"] = [_error_of(image, fitness, jobs) for image in frame["image_id"]]
    return frame


def _scores(job: ScoringJob, images: pd.Series) -> list[float]:
    found = (_found(job).get(image) for image in images)
    return [float("nan") if row is None or row.score is None else row.score for row in found]


def _error_of(image: str, fitness: Fitness, jobs: dict[str, ScoringJob]) -> str:
    if image in fitness.unfit:
        kind, details = fitness.unfit[image]
        return f"{kind}: {details}"
    errors = {}
    for name, job in jobs.items():
        row = _found(job).get(image)
        if row is None:
            errors[name] = job.failure or "not scored: interrupted"
        elif row.score is None:
            errors[name] = row.error
    same = set(errors.values())
    if len(errors) == len(jobs) and len(same) == 1:
        return same.pop()
    return "; ".join(f"{name}: {error}" for name, error in errors.items())


def _failures(jobs: dict[str, ScoringJob], frame: pd.DataFrame, fitness: Fitness, *, interrupted: bool) -> list[str]:
    """One message for each method that broke the contract and each further reason why images were not scored."""
    said = [job.failure for job in jobs.values() if job.failure]
    if interrupted:
        done = int((frame["error"] == "").sum())
        said.append(f"interrupted: {done} of {len(frame)} images are scored")
    unscored = frame[(frame["error"] != "") & ~frame["image_id"].isin(list(fitness.unfit))]
    reasons: dict[str, list[str]] = {}
    for image, error in zip(unscored["image_id"].astype(str), unscored["error"].astype(str), strict=True):
        if not (interrupted and "interrupted" in error) and not any(one in error for one in said):
            reasons.setdefault(error, []).append(image)
    for reason, images in reasons.items():
        more = f" and {len(images) - 1} more" if len(images) > 1 else ""
        said.append(f"{images[0]}{more}: {reason}")
    return said


def _strangers(frame: pd.DataFrame) -> list[str]:
    strange = frame[frame["correlation"] < ALIKE].sort_values("correlation")
    if strange.empty:
        return []
    named = [f"{row.image_id} and {row.degraded} ({row.correlation:.2f})" for row in strange.head(NAMED).itertuples()]
    more = f" and {len(strange) - NAMED} more" if len(strange) > NAMED else ""
    return [
        f"{len(strange)} of {len(frame)} pairs do not seem to show the same scene (correlation at low resolution below "
        f"{ALIKE}): {'; '.join(named)}{more}. Check that they belong together; their scores mean nothing otherwise"
    ]
