"""What a table needs computed: one job for each method, parameters, reference, split and seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iqabench._util.errors import UserError
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.reproduce.cells import PlanCell
from iqabench.reproduce.plans import TablePlan
from iqabench.reproduce.source import Source


@dataclass(frozen=True)
class TableJob:
    """One run. Cells of several tables that need the same run share the job."""

    method: str
    reference: str
    parameters: str
    """Constructor parameters as canonical JSON, so that equal jobs are equal."""
    split: str
    seed: int
    trained_on: str | None = None
    """Data set that shapes the weights; None if the method is not trained, or it is not known."""
    retrained: bool = False
    """True if the model is trained with the made reference instead of the degraded one."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The constructor parameters."""
        return dict(json.loads(self.parameters))

    @property
    def name(self) -> str:
        """For people: method, parameters, reference, split and seed."""
        told = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        trained = f", seed {self.seed}" if self.trained_on else ""
        again = ", trained with it" if self.retrained else ""
        return f"{self.method}{f' ({told})' if told else ''} shown {self.reference}{again}, split {self.split}{trained}"


@dataclass(frozen=True)
class Asked:
    """A cell with the jobs that it rests on, one for each seed; or why it is left out."""

    cell: PlanCell
    jobs: tuple[TableJob, ...] = ()
    left_out: str = ""


@dataclass(frozen=True)
class Choices:
    """What the user chose, beside data."""

    seeds: tuple[int, ...] = ()
    """Empty for the plan's own."""
    settings: Mapping[str, Mapping[str, Any]] | None = None
    """Parameters by method; they go before those of the plan."""
    starts: Mapping[str, str] | None = None
    """What training begins from, by method, where neither plan nor settings say it; else what is on this machine."""
    methods: tuple[str, ...] = ()
    """Only cells of these methods; empty for all."""
    retrain: bool = False
    best: bool = False
    """Show the epoch that validated best beside the last one."""


def ask(
    plan: TablePlan, cells: Sequence[PlanCell], source: Source, registry: Registry, choices: Choices
) -> list[Asked]:
    """Lay each cell beside the jobs it needs. Cells that the data cannot carry say why."""
    return [_ask(plan, cell, source, registry, choices) for cell in cells]


def distinct_jobs(asked: Iterable[Asked]) -> list[TableJob]:
    """Every job once, in the order of first use."""
    return list(dict.fromkeys(job for one in asked for job in one.jobs))


def entry_of(registry: Registry, method: str) -> MethodEntry:
    """The method's entry. Raises UserError if there is none."""
    return registry.get(method)


def _ask(plan: TablePlan, cell: PlanCell, source: Source, registry: Registry, choices: Choices) -> Asked:
    if choices.methods and cell.method not in choices.methods:
        return Asked(cell, left_out="not among --methods")
    try:
        entry = entry_of(registry, cell.method)
    except UserError as error:
        return Asked(cell, left_out=str(error))
    try:
        split = source.split_of(cell.spec)
    except UserError as error:
        return Asked(cell, left_out=str(error))
    reference = cell.spec.reference or source.default_reference(entry)
    reason = source.why_not(cell.spec, entry, reference, split)
    if reason:
        return Asked(cell, left_out=reason)
    parameters = _parameters(cell, entry, source.recipe, choices)
    seeds = choices.seeds or plan.seeds
    retrained = (
        choices.retrain
        and plan.retrainable
        and entry.info.trainable
        and reference not in ("none", "degraded", "pristine")
        and "degraded" in entry.info.training_references
    )
    trained_on = source.trained_on(reference if retrained else None) if entry.info.trainable else None
    jobs = tuple(
        TableJob(cell.method, reference, parameters, split, seed, trained_on, retrained)
        for seed in (seeds if entry.info.trainable else seeds[:1])
    )
    return Asked(cell, jobs)


def _parameters(cell: PlanCell, entry: MethodEntry, recipe: str, choices: Choices) -> str:
    spec, chosen = cell.spec, (choices.settings or {}).get(cell.method, {})
    parameters = {**spec.parameters, **spec.recipes.get(recipe, {}), **chosen}
    start = (choices.starts or {}).get(cell.method)
    if start is not None:
        parameters.setdefault("start", start)
    if entry.info.trainable and "recipe" in entry.parameter_names():
        parameters.setdefault("recipe", recipe)
    return json.dumps(parameters, sort_keys=True)
