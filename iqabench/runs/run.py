"""Runs methods: method x reference x dataset x split -> per-image scores on disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from iqabench._util import distributed, waiting
from iqabench._util.blame import told
from iqabench._util.devices import Machine
from iqabench._util.errors import StorageError
from iqabench._util.files import locked, try_lock
from iqabench._util.progress import Overview
from iqabench._util.text import counted
from iqabench.data.base import Dataset
from iqabench.data.conversions import conversions
from iqabench.data.enclosure import inside
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import Reference
from iqabench.data.splits import Split
from iqabench.methods.contract import MethodEntry
from iqabench.results.store import Judgements, ScoreRow, split_folder, write_labels
from iqabench.runs import plan as planning
from iqabench.runs.loading import problem_of
from iqabench.runs.plan import ALL_ROWS, PlannedRun
from iqabench.runs.record import finished_meta, started_meta
from iqabench.runs.reference_check import check_reference
from iqabench.runs.seen import SeenContents
from iqabench.runs.summary import RunSummary, Skipped
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import ScoringJob, score_jobs, time_lone_batch
from iqabench.scoring.isolation import Isolation
from iqabench.scoring.precision import said_of_float32
from iqabench.scoring.together import SharedFolder, common_count, deal, merge
from iqabench.training.cache import TrainingData

Result = TypeVar("Result")


@dataclass(frozen=True)
class RunRequest:
    """What to run. ``training`` is what trained methods learn from; None if there is nothing to learn from."""

    entries: Sequence[MethodEntry]
    dataset: Dataset
    fingerprint: str
    split: Split | None
    results: Path
    machine: Machine
    training: TrainingData | None = None
    references: tuple[str, ...] = ()
    """References to show; empty for each method's own default."""
    protocol: ScoringProtocol | None = None
    """How images are brought before the methods as they are scored; training is as ever."""
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Constructor parameters by method name."""
    unasked: frozenset[str] = frozenset()
    """Names of entries that nobody asked for: what fails of them is a note, not a problem."""
    seed: int = 0
    rerun: bool = False
    best: bool = False
    """Score the epoch that validated best, too, beside the last one."""
    deterministic: bool = False
    isolation: Isolation | None = None
    """Where plugins' methods score; None for this process."""
    compile: str | None = None
    """Backend of ``torch.compile`` for training steps; None to run them as they are."""
    seen: SeenContents = field(default_factory=SeenContents)
    """What training has seen of what is scored; shared by requests that differ in the seed alone."""

    @property
    def split_name(self) -> str:
        """Name of the split as it stands in results and tables."""
        return self.split.name if self.split else ALL_ROWS

    def rows(self) -> pd.DataFrame:
        """The rows that are scored: the validation part, or all without a split."""
        if self.split is None:
            return self.dataset.frame
        frame = self.split.apply(self.dataset.frame)
        return frame[frame["part"] == "validate"].drop(columns="part")

    def contents_seen(self, overview: Overview) -> str:
        """A note on scored contents that training shows, too; empty if there are none."""
        if self.training is None:
            return ""
        same_set = self.training.fingerprint == self.fingerprint
        return self.seen.note(self.training, self.rows(), same_set, overview)


def run(request: RunRequest, overview: Overview) -> RunSummary:
    """Train what must be trained, score everything that is not scored yet, keep it on disk.

    A method that fails costs its own rows only; ``problems`` of the summary says what failed and why.
    """
    try:
        return _run(request, overview)
    finally:
        if request.isolation is not None:
            request.isolation.close()


def _run(request: RunRequest, overview: Overview) -> RunSummary:
    summary = RunSummary()
    rows = request.rows()
    top = split_folder(request.results, request.dataset.card.name, request.split_name)
    judgements = Judgements(_labels(request, rows), request.dataset.votes, _ratings(request, rows))
    write_labels(top, request.fingerprint, judgements, _card(request))
    ready = [entry for entry in request.entries if not entry.info.trainable]
    trainable = [entry for entry in request.entries if entry.info.trainable]
    for group in (ready, trainable):
        plans: list[PlannedRun] = []
        for entry in group:
            built = _try(partial(planning.build, entry, request), entry)
            # Processes that work together go on together: what one cannot build, none runs.
            problem = next((one for one in distributed.gathered(built if isinstance(built, str) else "") if one), None)
            if problem is None and not isinstance(built, str):
                attempt = partial(planning.plan, entry, *built, request, overview)
                with waiting.at(f"making {entry.info.name} ready"):
                    planned = _try(attempt, entry, fatal=distributed.size() > 1)
                problem = planned if isinstance(planned, str) else None
                plans += planned if isinstance(planned, list) else []
            if problem is not None:
                summary.failed(problem, asked=entry.info.name not in request.unasked)
        summary.remarks += said_of_float32([plan.method for plan in plans], request.machine.precision)
        _score(plans, rows, request, overview, summary)
    return summary


def _try(attempt: Callable[[], Result], entry: MethodEntry, fatal: bool = False) -> Result | str:
    """What ``attempt`` returns, or the sentence that says why it failed; if ``fatal``, the failure goes on its way."""
    try:
        return attempt()
    except StorageError:  # the next method could not keep its results either
        raise
    except (Exception, SystemExit) as error:  # building and training may fail in any way; the other methods go on
        if fatal:
            # In the middle of a training, where the other processes wait for this one.
            raise
        return problem_of(entry.info.name, error)


def _score(
    plans: list[PlannedRun], rows: pd.DataFrame, request: RunRequest, overview: Overview, summary: RunSummary
) -> None:
    by_reference: dict[str, list[PlannedRun]] = {}
    for plan in plans:
        by_reference.setdefault(plan.reference.name, []).append(plan)
        summary.folders.append(plan.folder)
    for group in by_reference.values():
        left = group
        while left:
            left = _score_free(left, rows, request, overview, summary)


def _score_free(
    plans: list[PlannedRun], rows: pd.DataFrame, request: RunRequest, overview: Overview, summary: RunSummary
) -> list[PlannedRun]:
    """Score what no other process is at, and return the rest; if others are at all of it, wait for one of them.

    No lock is waited for while another is held: two processes never wait for each other.
    """
    with ExitStack() as locks:
        todo, busy, found = distributed.decided_by_first(lambda: _claim(plans, request, locks))
        summary.found += found
        if todo:
            _score_group([plans[index] for index in todo], rows, request, overview, summary)
    if busy and not todo and distributed.is_first():
        plan = plans[busy[0]]
        with locked(plan.folder.path, f"score {plan.name}", overview.say):
            pass
    return [plans[index] for index in busy]


def _claim(plans: list[PlannedRun], request: RunRequest, locks: ExitStack) -> tuple[list[int], list[int], int]:
    """Lock the runs to score. Return their plans, the plans that other processes work on, and how many are done."""
    todo: list[int] = []
    busy: list[int] = []
    found = 0
    for index, plan in enumerate(plans):
        # Looked at before the lock, too: finished results may lie where nothing can be written.
        if not request.rerun and plan.folder.is_complete():
            found += 1
        elif (lock := try_lock(plan.folder.path)) is None:
            busy.append(index)
        else:
            locks.callback(lock.release)
            if not request.rerun and plan.folder.is_complete():
                found += 1
            else:
                todo.append(index)
    return todo, busy, found


def _score_group(
    plans: list[PlannedRun], rows: pd.DataFrame, request: RunRequest, overview: Overview, summary: RunSummary
) -> None:
    reference = plans[0].reference
    done = distributed.decided_by_first(lambda: [_begin(plan, len(rows), request, summary, overview) for plan in plans])
    sinks = [SharedFolder(plan.folder) for plan in plans]
    jobs = [ScoringJob(plan.method, sink, set(ids)) for plan, sink, ids in zip(plans, sinks, done, strict=True)]
    bars = {}
    counts = {}
    for plan, job in zip(plans, jobs, strict=True):
        bars[id(job)] = bar = overview.add(f"score {plan.name}", len(rows), len(job.done))
        counts[id(job)] = common_count(str(plan.folder.path), partial(overview.advance, bar))
    by_facts = [job for job in jobs if job.method.scores_rows]
    for job in by_facts if distributed.is_first() else []:
        _score_by_facts(job, rows)
    by_image = [job for job in jobs if job not in by_facts]
    score_jobs(
        by_image,
        deal(plan_batches(rows, reference, request.machine.batch_size), by_image),
        reference,
        request.machine,
        advance=lambda job, count: counts[id(job)](count),
        protocol=request.protocol,
    )
    for job in by_image:
        time_lone_batch(job, request.machine)
    converted = _conversions(rows, reference, request) if by_image and distributed.is_first() else []
    summary.remarks += [note for note in converted if note not in summary.remarks]
    for plan, job, sink in zip(plans, jobs, sinks, strict=True):
        merge(job, sink, plan.folder)
        if distributed.is_first():
            there = plan.folder.rows()  # once: there may be hundreds of thousands
            scored = sum(row.score is not None for row in there.values())
            meta = finished_meta(plan.folder, job, scored, len(rows))
            meta["notes"] += converted if job in by_image else []
            meta |= _checked(plan, job, rows, there, request, overview)
            plan.folder.finish(meta, there)
            overview.end(bars[id(job)], _ended(meta))
            if scored:
                summary.computed += 1
            else:
                summary.unscored += 1
            _sum_up(plan, job, there, len(rows), summary, asked=plan.method.info.name not in request.unasked)


def _ended(meta: dict[str, Any]) -> str:
    """What a bar says of a run that ended; it counts images that were tried, with or without a score."""
    without = meta["n_expected"] - meta["n_scored"]
    if meta["failure"]:
        return "failed"
    return f"done, {counted(without, 'image')} without a score" if without else "done"


def _checked(
    plan: PlannedRun,
    job: ScoringJob,
    rows: pd.DataFrame,
    scored: Mapping[str, ScoreRow],
    request: RunRequest,
    overview: Overview,
) -> dict[str, Any]:
    """What shall be kept of the check whether scores depend on the reference; nothing of a run that failed."""
    if job.failure:
        return {}
    found = check_reference(
        plan.method, plan.reference, rows, scored, request.machine, overview, protocol=request.protocol
    )
    return {"reference_check": found} if found else {}


def _conversions(rows: pd.DataFrame, reference: Reference, request: RunRequest) -> list[str]:
    """How the images that a run showed to its methods were converted."""
    columns = ["image", *([reference.needs] if reference.needs else [])]
    paths = [path for column in columns for path in rows[column] if isinstance(path, str)]
    return conversions(paths, request.dataset.root)


def _begin(plan: PlannedRun, expected: int, request: RunRequest, summary: RunSummary, overview: Overview) -> set[str]:
    """Mark the run as begun; return the ids of the images that have a score already."""
    meta = started_meta(plan.facts, plan.method, request, plan.training, expected)
    if plan.training is not None:
        meta["notes"] += filter(None, [request.contents_seen(overview)])
    # Before any row goes: from here on the run does not count as complete.
    plan.folder.write_meta(meta)
    if request.rerun:
        plan.folder.discard()
    there = plan.folder.rows().values()
    done = {row.image_id for row in there if row.score is not None}
    summary.resumed += len(done)
    if len(there) > len(done):
        summary.retried.append(f"{plan.name}: images that had no score before ({len(there) - len(done)})")
    return done


def _score_by_facts(job: ScoringJob, rows: pd.DataFrame) -> None:
    try:
        scores = job.method.score_rows(rows[["content", "algorithm", "category", "task"]])
        found = [ScoreRow(str(key), float(s)) for key, s in zip(rows["image_id"], scores, strict=True)]
    except (Exception, SystemExit) as error:  # a method may fail in any way; it costs its own rows only
        job.failure = f"score_rows() failed: {told(error)}"
        return
    bad = [row for row in found if not math.isfinite(row.score or 0.0)]
    if bad:
        job.failure = f"score_rows() returned {bad[0].score} for {bad[0].image_id}; scores must be finite"
        return
    job.folder.append(found)
    job.fresh = len(rows) - len(job.done)


def _sum_up(
    plan: PlannedRun,
    job: ScoringJob,
    there: Mapping[str, ScoreRow],
    expected: int,
    summary: RunSummary,
    asked: bool,
) -> None:
    """Add to the summary what was scored, tried again and skipped."""
    missing = expected - sum(row.score is not None for row in there.values())
    summary.scored += job.fresh
    if job.split:
        summary.retried.append(
            f"{plan.name}: the images of {len(job.split)} batches that failed whole, one by one ({job.split[0]})"
        )
    if missing:
        summary.skipped.append(Skipped.from_rows(plan.name, there.values(), expected - len(there), expected))
    summary.remarks += [f"{plan.name}: {remark}" for remark in job.remarks]
    if job.failure:
        summary.failed(f"{plan.name}: {job.failure}", asked)
    elif job.errors:
        more = f" (and {len(job.errors) - 1} more, see {plan.folder.scores})" if len(job.errors) > 1 else ""
        summary.failed(f"{plan.name}: {job.errors[0]}{more}", asked)


def _labels(request: RunRequest, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(image=inside(request.dataset.root, rows["image"]))


def _ratings(request: RunRequest, rows: pd.DataFrame) -> pd.DataFrame | None:
    ratings = request.dataset.ratings
    return None if ratings is None else ratings[ratings["image_id"].isin(rows["image_id"])]


def _card(request: RunRequest) -> dict[str, Any]:
    split = request.split
    facts = {"split": request.split_name, "split_digest": split.digest if split else "", "scored": len(request.rows())}
    return {**request.dataset.card.as_dict(), **facts}
