"""Runs methods: method x reference x dataset x split -> per-image scores on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock

from iqabench.contract import MethodEntry, Paradigm, Trainable
from iqabench.datasets.base import Dataset
from iqabench.devices import Machine
from iqabench.errors import MethodError, UserError
from iqabench.progress import Overview
from iqabench.references import Reference, parse_reference
from iqabench.runmeta import finished_meta, run_facts, started_meta
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import Job, score_in_memory, score_jobs
from iqabench.splits import Split
from iqabench.store import RunFolder, ScoreRow, digest, run_folder, split_folder, write_labels
from iqabench.trained import TrainingData, TrainingOptions, ensure_trained, load_trained

ALL_ROWS = "all"
"""Name of the split of a run that scores every row."""


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
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Constructor parameters by method name."""
    seed: int = 0
    rerun: bool = False
    best: bool = False
    """Score the epoch that validated best, too, beside the last one."""
    deterministic: bool = False

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


@dataclass
class RunSummary:
    """What a request came to."""

    folders: list[RunFolder] = field(default_factory=list)
    computed: int = 0
    found: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Plan:
    method: Any
    reference: Reference
    folder: RunFolder
    facts: dict[str, Any]
    training: dict[str, Any] | None
    selection: str


def run(request: RunRequest, overview: Overview) -> RunSummary:
    """Train what must be trained, score everything that is not scored yet, keep it on disk.

    A method that fails costs its own rows only; ``problems`` of the summary says what failed and why.
    """
    summary = RunSummary()
    rows = request.rows()
    top = split_folder(request.results, request.dataset.card.name, request.split_name)
    write_labels(top, request.fingerprint, _labels(request, rows), request.dataset.votes, _card(request))
    ready = [entry for entry in request.entries if not entry.info.trainable]
    trainable = [entry for entry in request.entries if entry.info.trainable]
    for group in (ready, trainable):
        plans: list[_Plan] = []
        for entry in group:
            try:
                plans += _plans(entry, request, overview)
            except (Exception, SystemExit) as error:  # building a method may fail in any way; the others go on
                summary.problems.append(_problem(entry, error))
        _score(plans, rows, request, overview, summary)
    return summary


def default_reference(entry: MethodEntry, dataset: Dataset) -> str:
    """What a method is shown unless asked otherwise: by the first of its paradigms that the data set can carry."""
    names = {Paradigm.NR: "none", Paradigm.DR: "degraded", Paradigm.FR: "pristine"}
    wanted = [names[paradigm] for paradigm in entry.info.paradigms]
    present = {"none", *dataset.references_present()}
    return next((name for name in wanted if name in present), wanted[0])


def _plans(entry: MethodEntry, request: RunRequest, overview: Overview) -> list[_Plan]:
    references = [parse_reference(name) for name in request.references]
    fitting = [one for one in references if one.paradigm in entry.info.paradigms]
    if references and not fitting:
        shown = ", ".join(request.references)
        raise MethodError(f"it is a {'/'.join(entry.info.paradigms)} method and cannot be shown {shown}")
    if not references:
        fitting = [parse_reference(default_reference(entry, request.dataset))]
    for reference in fitting:
        _require_reference(reference, request.dataset)
    method = entry.create(**request.parameters.get(entry.info.name, {}))
    if not entry.info.trainable:
        return [_plan(method, reference, request, None, "none") for reference in fitting]
    training = _trained(method, request, overview, fitting[0])
    plans = [_plan(method, reference, request, training, "last") for reference in fitting]
    if request.best and training.get("best_epoch") is not None:
        twin = entry.create(**request.parameters.get(entry.info.name, {}))
        load_trained(twin, _training_root(request, training), best=True)
        plans += [_plan(twin, reference, request, training, "best") for reference in fitting]
    return plans


def _trained(method: Trainable, request: RunRequest, overview: Overview, shown: Reference) -> dict[str, Any]:
    if request.training is None:
        raise MethodError("it must be trained, and there is no training part; name a dataset with --train-on")
    options = TrainingOptions(request.results, request.machine, request.seed, request.rerun, request.deterministic)
    validate = _validator(request, shown) if request.best else None
    return ensure_trained(method, request.training, options, overview, validate)


def _validator(request: RunRequest, shown: Reference) -> Callable[[Any, int], float]:
    """Mean within-content SRCC on the rows that are scored; selecting by it is named in every table."""
    from iqabench.stats.correlation import srcc, within_content

    rows = request.rows()

    def validate(method: Any, epoch: int) -> float:
        was_training = method.training
        found = score_in_memory(method, rows, shown, request.machine)
        method.train(was_training)
        scores = np.array([found[key].score for key in rows["image_id"]], dtype=float) * method.info.sign
        return within_content(srcc, scores, rows["mos"].to_numpy(), rows["content"].to_numpy()).mean

    return validate


def _training_root(request: RunRequest, training: dict[str, Any]) -> Path:
    from iqabench.store import TRAINED_FOLDER, folder_name

    return request.results / TRAINED_FOLDER / folder_name(training["method"]) / training["id"]


def _plan(
    method: Any, reference: Reference, request: RunRequest, training: dict[str, Any] | None, selection: str
) -> _Plan:
    facts = run_facts(
        method,
        reference=reference.name,
        dataset=request.dataset.card.name,
        fingerprint=request.fingerprint,
        split=request.split.digest if request.split else ALL_ROWS,
        precision=request.machine.precision,
        training=training,
        selection=selection,
    )
    folder = run_folder(
        request.results,
        request.dataset.card.name,
        request.split_name,
        method.info.name,
        reference.name,
        digest(facts),
    )
    return _Plan(method, reference, folder, facts, training, selection)


def _score(
    plans: list[_Plan], rows: pd.DataFrame, request: RunRequest, overview: Overview, summary: RunSummary
) -> None:
    by_reference: dict[str, list[_Plan]] = {}
    for plan in plans:
        by_reference.setdefault(plan.reference.name, []).append(plan)
        summary.folders.append(plan.folder)
    for group in by_reference.values():
        with ExitStack() as locks:
            todo: list[_Plan] = []
            for plan in group:
                plan.folder.path.mkdir(parents=True, exist_ok=True)
                locks.enter_context(FileLock(plan.folder.path / ".lock"))
                if plan.folder.is_complete() and not request.rerun:
                    summary.found += 1
                else:
                    todo.append(plan)
            if todo:
                _score_group(todo, rows, request, overview, summary)


def _score_group(
    plans: list[_Plan], rows: pd.DataFrame, request: RunRequest, overview: Overview, summary: RunSummary
) -> None:
    reference = plans[0].reference
    jobs: list[Job] = []
    bars = {}
    for plan in plans:
        if request.rerun:
            plan.folder.discard()
        done = {key for key, row in plan.folder.rows().items() if row.score is not None}
        job = Job(plan.method, plan.folder, done)
        plan.folder.write_meta(started_meta(plan.facts, plan.method, request, plan.training, len(rows)))
        bars[id(job)] = overview.add(f"score {plan.method.info.name} ({reference.name})", len(rows), len(done))
        jobs.append(job)
    by_facts = [job for job in jobs if hasattr(job.method, "score_rows")]
    for job in by_facts:
        scores = job.method.score_rows(rows[["content", "algorithm", "category", "task"]])
        job.folder.append(ScoreRow(str(key), float(s)) for key, s in zip(rows["image_id"], scores, strict=True))
    score_jobs(
        [job for job in jobs if job not in by_facts],
        plan_batches(rows, reference, request.machine.batch_size),
        reference,
        request.machine,
        advance=lambda job, count: overview.advance(bars[id(job)], count),
    )
    for plan, job in zip(plans, jobs, strict=True):
        meta = finished_meta(plan.folder, job, len(rows))
        plan.folder.finish(meta)
        overview.end(bars[id(job)], meta["status"])
        summary.computed += 1
        name = f"{plan.method.info.name} ({reference.name})"
        if job.failure:
            summary.problems.append(f"{name}: {job.failure}")
        elif job.errors:
            more = f" (and {len(job.errors) - 1} more, see {plan.folder.scores})" if len(job.errors) > 1 else ""
            summary.problems.append(f"{name}: {job.errors[0]}{more}")


def _require_reference(reference: Reference, dataset: Dataset) -> None:
    if reference.needs is not None and reference.needs not in dataset.references_present():
        made = " Made references such as --references lr-x4 need only pristine images." * (
            reference.needs == "degraded" and "pristine" in dataset.references_present()
        )
        raise MethodError(
            f"cannot be shown {reference.name!r}: dataset {dataset.card.name} has no {reference.needs} image "
            f"for every row.{made}"
        )


def _labels(request: RunRequest, rows: pd.DataFrame) -> pd.DataFrame:
    labels = rows.copy()
    root = request.dataset.root.resolve()
    paths = [Path(image).resolve() for image in labels["image"]]
    labels["image"] = [path.relative_to(root).as_posix() if path.is_relative_to(root) else "" for path in paths]
    return labels


def _card(request: RunRequest) -> dict[str, Any]:
    split = request.split
    facts = {"split": request.split_name, "split_digest": split.digest if split else "", "scored": len(request.rows())}
    return {**request.dataset.card.as_dict(), **facts}


def _problem(entry: MethodEntry, error: BaseException) -> str:
    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return text if text.startswith(entry.info.name) else f"{entry.info.name}: {text}"
