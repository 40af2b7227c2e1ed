"""From a method's declaration to the runs that it takes: built, trained, one plan for each reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from iqabench._util import distributed
from iqabench._util.errors import MethodError
from iqabench._util.progress import Overview
from iqabench.data.base import Dataset
from iqabench.data.paradigm import NATURAL
from iqabench.data.references import Reference, parse_reference
from iqabench.methods.contract import MethodEntry
from iqabench.results.store import TRAINED_FOLDER, RunFolder, digest, folder_name, run_folder
from iqabench.runs.loading import build_method, isolated, train_method
from iqabench.runs.record import run_facts
from iqabench.scoring.engine import score_in_memory
from iqabench.scoring.precision import require_precision
from iqabench.training.cache import (
    TrainingData,
    TrainingOptions,
    is_trained,
    load_trained,
    trained_together,
)

if TYPE_CHECKING:
    from iqabench.runs.run import RunRequest

ALL_ROWS = "all"
"""Name of the split of a run that scores every row."""


@dataclass
class PlannedRun:
    """One run: a method, what it is shown, and where its scores go."""

    method: Any
    reference: Reference
    folder: RunFolder
    facts: dict[str, Any]
    training: dict[str, Any] | None
    selection: str

    @property
    def name(self) -> str:
        """For people: method and reference."""
        return f"{self.method.info.name} ({self.reference.name})"


def default_reference(entry: MethodEntry, dataset: Dataset) -> str:
    """What a method is shown unless asked otherwise: by the first of its paradigms that the data set can carry."""
    wanted = [NATURAL[paradigm] for paradigm in entry.info.paradigms]
    present = {"none", *dataset.references_present()}
    return next((name for name in wanted if name in present), wanted[0])


def build(entry: MethodEntry, request: RunRequest) -> tuple[Any, list[Reference]]:
    """The method, and the references that it is to be shown. Raises UserError if the data cannot carry it."""
    require_precision([entry.info], request.machine)
    fitting = fitting_references(entry, request.dataset, request.references)
    return build_method(entry, _parameters(entry, request), request.isolation), fitting


def fitting_references(entry: MethodEntry, dataset: Dataset, asked: Sequence[str]) -> list[Reference]:
    """What the method is to be shown; raises UserError if it cannot be shown that on this data set."""
    references = [parse_reference(name) for name in asked]
    fitting = [one for one in references if one.paradigm in entry.info.paradigms]
    if references and not fitting:
        shown = ", ".join(asked)
        raise MethodError(f"it is a {'/'.join(entry.info.paradigms)} method and cannot be shown {shown}")
    if not references:
        fitting = [parse_reference(default_reference(entry, dataset))]
    for reference in fitting:
        _require_reference(reference, dataset)
    return fitting


def _parameters(entry: MethodEntry, request: RunRequest) -> dict[str, Any]:
    return request.parameters.get(entry.info.name, {})


def plan(
    entry: MethodEntry, method: Any, fitting: list[Reference], request: RunRequest, overview: Overview
) -> list[PlannedRun]:
    """The runs of a method that :func:`build` made; trains it first if need be."""
    training = None
    if entry.info.trainable:
        validate = _validator(request, fitting[0], trained_together(method)) if request.best else None
        settings, data, options = _parameters(entry, request), _training_data(request), _options(request)
        if not distributed.decided_by_first(partial(is_trained, method, data, options, request.best)):
            # Said before hours are spent on it.
            distributed.decided_by_first(partial(request.contents_seen, overview))
        method, training = train_method(entry, method, settings, data, options, overview, request.isolation, validate)
        if request.best and training.get("best_epoch") is None:
            overview.say(
                f"note: {entry.info.name}: no epoch is the best, so that --best adds no row: "
                "it has no epochs, or SRCC within contents is undefined after each"
            )
    return _plans(entry, method, fitting, request, training)


def find(entry: MethodEntry, request: RunRequest) -> list[PlannedRun] | None:
    """The runs of a method if all of them are complete, else None; trains and scores nothing."""
    method, fitting = build(entry, request)
    training = None
    if entry.info.trainable:
        data, options = _training_data(request), _options(request)
        if not is_trained(method, data, options, request.best):
            return None
        quiet = Overview(quiet=True)
        method, training = train_method(
            entry, method, _parameters(entry, request), data, options, quiet, request.isolation
        )
    plans = _plans(entry, method, fitting, request, training)
    return plans if all(one.folder.is_complete() for one in plans) else None


def _training_data(request: RunRequest) -> TrainingData:
    if request.training is None:
        raise MethodError(
            "it must be trained, and the data set has no training part: --train-on mini trains it on the embedded set "
            "(pseudo labels), --train-on NAME:ROOT on a data set of yours"
        )
    return request.training


def _options(request: RunRequest) -> TrainingOptions:
    return TrainingOptions(
        request.results, request.machine, request.seed, request.rerun, request.deterministic, request.compile
    )


def _plans(
    entry: MethodEntry,
    method: Any,
    fitting: list[Reference],
    request: RunRequest,
    training: dict[str, Any] | None,
) -> list[PlannedRun]:
    """One plan for each reference, and for each selected epoch."""
    if training is None:
        return [_plan(method, reference, request, None, "none") for reference in fitting]
    plans = [_plan(method, reference, request, training, "last") for reference in fitting]
    if request.best and training.get("best_epoch") is not None:
        settings = _parameters(entry, request)
        twin = entry.create(**settings)
        load_trained(twin, _training_root(request, training), best=True)
        twin = isolated(entry, settings, request.isolation, twin) or twin
        plans += [_plan(twin, reference, request, training, "best") for reference in fitting]
    return plans


def _validator(request: RunRequest, shown: Reference, together: bool) -> Callable[[Any, int], float]:
    """Mean within-content SRCC on the rows that are scored; selecting by it is named in every table.

    If ``together``, all processes validate at once, each a share of the contents.
    """
    from iqabench.stats.correlation import srcc, within_content

    rows = request.rows()
    sizes = rows["content"].value_counts().sort_index()
    own = rows
    if together:
        own = rows[rows["content"].isin(distributed.share(list(sizes.index), lambda content: int(sizes[content])))]

    def validate(method: Any, epoch: int) -> float:
        was_training = method.training
        scored = score_in_memory(method, own, shown, request.machine)
        method.train(was_training)
        found = {
            key: row for part in (distributed.gathered(scored) if together else [scored]) for key, row in part.items()
        }
        scores = np.array([found[key].score for key in rows["image_id"]], dtype=float) * method.info.sign
        mos = rows["mos"].to_numpy() * (1 if request.dataset.card.mos_higher_is_better else -1)
        return within_content(srcc, scores, mos, rows["content"].to_numpy()).mean

    return validate


def _training_root(request: RunRequest, training: dict[str, Any]) -> Path:
    return request.results / TRAINED_FOLDER / folder_name(training["method"]) / str(training["id"])


def _plan(
    method: Any, reference: Reference, request: RunRequest, training: dict[str, Any] | None, selection: str
) -> PlannedRun:
    facts = run_facts(
        method,
        reference=reference.name,
        dataset=request.dataset.card.name,
        fingerprint=request.fingerprint,
        split=request.split.digest if request.split else ALL_ROWS,
        precision=request.machine.precision,
        training=training,
        selection=selection,
        protocol=request.protocol,
    )
    folder = run_folder(
        request.results,
        request.dataset.card.name,
        request.split_name,
        method.info.name,
        reference.name,
        digest(facts),
    )
    return PlannedRun(method, reference, folder, facts, training, selection)


def _require_reference(reference: Reference, dataset: Dataset) -> None:
    if reference.needs is not None and reference.needs not in dataset.references_present():
        made = " Made references such as --references lr-x4 need only pristine images." * (
            reference.needs == "degraded" and "pristine" in dataset.references_present()
        )
        raise MethodError(
            f"cannot be shown {reference.name!r}: dataset {dataset.card.name} has no {reference.needs} image "
            f"for every row.{made}"
        )
