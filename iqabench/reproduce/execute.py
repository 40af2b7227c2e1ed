"""Computes the jobs that are missing, through the runner, one model after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iqabench.datasets.base import Dataset
from iqabench.devices import Machine
from iqabench.errors import UserError
from iqabench.progress import Overview
from iqabench.registry import Registry
from iqabench.reproduce.jobs import Job
from iqabench.reproduce.retrain import with_reference_as_input
from iqabench.reproduce.source import Source
from iqabench.runner import RunRequest, run
from iqabench.trained import TrainingData


@dataclass(frozen=True)
class Means:
    """What computing takes."""

    source: Source
    registry: Registry
    results: Path
    machine: Machine
    training: TrainingData | None
    deterministic: bool = False


@dataclass
class Outcome:
    """What computing came to; ``problems`` says by job what failed and why."""

    computed: int = 0
    problems: dict[Job, str] = field(default_factory=dict)


def execute(jobs: Sequence[Job], means: Means, overview: Overview) -> Outcome:
    """Run every job. Jobs that differ in the reference alone share one model and one request.

    A job that fails costs its own cells only.
    """
    groups: dict[tuple[object, ...], list[Job]] = {}
    for job in jobs:
        # A model trained for a made reference serves that reference alone.
        own = job.reference if job.retrained else ""
        groups.setdefault((job.method, job.parameters, job.split, job.seed, own), []).append(job)
    outcome = Outcome()
    task = overview.add("reproduce", len(jobs))
    overview.begin(task)
    for group in groups.values():
        try:
            summary = run(_request(group, means), overview)
        except UserError as error:
            outcome.problems |= {job: str(error) for job in group}
        else:
            outcome.computed += summary.computed
            if summary.problems:
                outcome.problems |= {job: "; ".join(summary.problems) for job in group}
        overview.advance(task, len(group), group[0].method)
    overview.end(task)
    return outcome


def _request(group: Sequence[Job], means: Means) -> RunRequest:
    first, source = group[0], means.source
    dataset = source.dataset
    if dataset is None:
        raise UserError(f"the images of {source.name} are not here; name them with --root")
    entry = means.registry.get(first.method)
    training = _training(first, dataset, means) if entry.info.trainable else None
    return RunRequest(
        entries=[entry],
        dataset=dataset,
        fingerprint=source.fingerprint,
        split=source.splits[first.split],
        results=means.results,
        machine=means.machine,
        training=training,
        references=tuple(dict.fromkeys(job.reference for job in group)),
        parameters={entry.info.name: first.arguments},
        seed=first.seed,
        deterministic=means.deterministic,
    )


def _training(job: Job, dataset: Dataset, means: Means) -> TrainingData | None:
    training = means.training
    split = means.source.splits[job.split]
    if training is not None and training.dataset is dataset and split is not None:
        # A row with a split of its own is trained on that split's training part.
        training = TrainingData(dataset, split, training.fingerprint)
    if training is not None and job.retrained:
        return with_reference_as_input(training, job.reference, means.results)
    return training
