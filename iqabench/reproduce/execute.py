"""Computes the jobs that are missing, through the runner, one model after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iqabench._util import distributed
from iqabench._util.devices import Machine
from iqabench._util.errors import StorageError, UserError
from iqabench._util.progress import Overview
from iqabench.methods.registry import Registry
from iqabench.reproduce.jobs import TableJob
from iqabench.reproduce.retrain import with_reference_as_input
from iqabench.reproduce.source import Source
from iqabench.results.store import digest
from iqabench.runs.run import RunRequest, run
from iqabench.runs.summary import RunSummary
from iqabench.training.cache import TrainingData


@dataclass(frozen=True)
class Means:
    """What computing takes."""

    source: Source
    registry: Registry
    results: Path
    machine: Machine
    training: TrainingData | None
    deterministic: bool = False
    compile: str | None = None
    best: bool = False
    """Score the epoch that validated best, too."""


@dataclass
class Outcome:
    """Summary of the computed jobs; ``problems`` says by job what failed and why."""

    summary: RunSummary = field(default_factory=RunSummary)
    problems: dict[TableJob, str] = field(default_factory=dict)


def grouped(jobs: Iterable[TableJob]) -> dict[str, list[TableJob]]:
    """Jobs that share a model, by a key that stays the same when some of them are done."""
    groups: dict[str, list[TableJob]] = {}
    for job in jobs:
        # A model trained for a made reference serves that reference alone.
        own = job.reference if job.retrained else ""
        key = [job.method, job.parameters, job.split, job.seed, own]
        groups.setdefault(digest({"group": key}), []).append(job)
    return groups


def execute(jobs: Sequence[TableJob], means: Means, overview: Overview) -> Outcome:
    """Run every job. Jobs that differ in the reference alone share one model and one request.

    A job that fails costs its own cells only.
    """
    groups = grouped(jobs)
    outcome = Outcome()
    task = overview.add("reproduce", len(jobs))
    overview.begin(task)
    for group in groups.values():
        try:
            summary = run(_request(group, means), overview)
        except StorageError:  # the next job could not keep its results either
            raise
        except UserError as error:
            if distributed.size() > 1:
                # The other processes may be waiting for this one.
                raise
            outcome.problems |= {job: str(error) for job in group}
        else:
            outcome.summary.add(summary)
            if summary.problems:
                outcome.problems |= {job: "; ".join(summary.problems) for job in group}
        overview.advance(task, len(group), group[0].method)
    overview.end(task)
    return outcome


def _request(group: Sequence[TableJob], means: Means) -> RunRequest:
    first, source = group[0], means.source
    dataset = source.dataset
    if dataset is None:
        raise UserError(f"the images of {source.name} are not here; name them with --root")
    entry = means.registry.get(first.method)
    training = training_of(first, source, means.training, means.results) if entry.info.trainable else None
    # The first reference is the one that a best epoch is chosen by.
    references = sorted(dict.fromkeys(job.reference for job in group), key=lambda name: name != "degraded")
    return RunRequest(
        entries=[entry],
        dataset=dataset,
        fingerprint=source.fingerprint,
        split=source.splits[first.split],
        results=means.results,
        machine=means.machine,
        training=training,
        references=tuple(references),
        parameters={entry.info.name: first.arguments},
        seed=first.seed,
        deterministic=means.deterministic,
        compile=means.compile,
        best=means.best,
    )


def training_of(job: TableJob, source: Source, training: TrainingData | None, results: Path) -> TrainingData | None:
    """What the job's model learns from; None if there is nothing to learn from."""
    dataset, split = source.dataset, source.splits[job.split]
    if training is not None and training.dataset is dataset and split is not None:
        # A row with a split of its own is trained on that split's training part.
        training = TrainingData(training.dataset, split, training.fingerprint)
    if training is not None and job.retrained:
        with distributed.first_goes_first():
            return with_reference_as_input(training, job.reference, results)
    return training
