"""Evaluates methods on a data set: from names and settings, as a user gives them, to runs on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iqabench._util.devices import Machine, compiler
from iqabench._util.distributed import first_goes_first
from iqabench._util.errors import MethodError, UserError
from iqabench._util.papers import method_groups
from iqabench.data.open import DatasetRegistry
from iqabench.data.protocols.load import find_protocol
from iqabench.data.references import parse_reference
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.methods.settings import settings_by_method
from iqabench.runs.loading import recipe_for, weights_are_here, with_recipe
from iqabench.runs.run import RunRequest, run
from iqabench.runs.seen import SeenContents
from iqabench.runs.setup import Opened, open_for_run, said_of_training, training_data
from iqabench.runs.summary import RunSummary
from iqabench.scoring.precision import offers, require_precision

if TYPE_CHECKING:
    from iqabench._util.progress import Overview
    from iqabench.scoring.isolation import Isolation
    from iqabench.training.cache import TrainingData

ALL = "all"
"""Stands for every method that can be had."""
Tell = Callable[[str], None]
"""Takes one note for the user."""


@dataclass(frozen=True)
class EvaluationRequest:
    """The methods, data, splits and settings to evaluate, as plain data."""

    methods: tuple[str, ...] = ("ckdn", "lpips")
    """Names, or words that stand for many: ``all``, and those of papers, such as ``table2``."""
    dataset: str = "mini"
    root: Path | None = None
    splits: tuple[str | None, ...] = (None,)
    """Names or folders; None is the data set's own."""
    references: tuple[str, ...] = ()
    """What is shown; empty for each method's own default."""
    protocol: str | None = None
    """Name or file of the protocol to score by."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Constructor arguments by method, under any name that it is called by."""
    recipe: str | None = None
    start: str | None = None
    train_on: str = ""
    """``NAME[:ROOT]`` of another data set to train on."""
    seeds: tuple[int, ...] = (0,)
    best: bool = False
    """Score the epoch that validated best, too."""
    anchors: bool = True
    """Show the yardsticks as well."""
    rerun: bool = False
    deterministic: bool = False
    compile_steps: bool = False
    allow_outside_root: bool = False
    mos_direction: str | None = None
    results: Path = Path("runs")


@dataclass(frozen=True)
class PlannedSplit:
    """The runs of all methods on one split with one seed."""

    split: str | None
    """As it was asked for."""
    run: RunRequest


@dataclass(frozen=True)
class Planned:
    """An evaluation whose data and methods were found; nothing is computed yet."""

    runs: tuple[PlannedSplit, ...]
    """All on one data set."""
    names: Mapping[str, str]
    """A method's own name by what it was called."""
    problems: tuple[str, ...]
    """Methods that cannot be had, and why."""

    @property
    def dataset(self) -> str:
        """Name of the data set, as its card has it; empty if nothing is to be run."""
        return self.runs[0].run.dataset.card.name if self.runs else ""


def plan_evaluation(
    request: EvaluationRequest,
    registry: Registry,
    machine: Machine,
    tell: Tell,
    isolation: Isolation | None = None,
) -> Planned:
    """Find methods, open the data set and its splits, and say to ``tell`` what the user should know of them.

    Raises
    ------
    UserError
        For an unknown protocol, method, data set, split or setting, or training data without labels.
    """
    protocol = None if request.protocol is None else find_protocol(request.protocol)
    # Before anything else is said.
    require_precision([registry.get(word).info for word in request.methods if not _is_group(word)], machine)
    entries, names = chosen_methods(registry, request.methods, tell)
    unasked = _anchors(registry, entries, tell) + _twins(registry, entries, request) if request.anchors else []
    entries = _offered(entries + unasked, machine, tell)
    names |= {entry.info.name: entry.info.name for entry in entries}
    if len(request.seeds) > 1 and not any(entry.info.trainable for entry in entries):
        tell(
            f"{', '.join(sorted({entry.info.name for entry in entries}))}: nothing is trained, so seeds change nothing"
        )
    settings = settings_by_method(request.settings, names)
    for entry in entries:
        if given := settings.get(entry.info.name):
            entry.check(given)
    backend = compiler(request.compile_steps, machine)
    datasets = DatasetRegistry(registry.plugin_files)
    planned: list[PlannedSplit] = []
    for split in request.splits:
        opened = _open(request, split, datasets, tell)
        seen = SeenContents()
        training, parameters = _training(request, opened, entries, settings, datasets, tell)
        for seed in request.seeds:
            # A seed changes only what is trained.
            chosen = [entry for entry in entries if entry.info.trainable or seed == request.seeds[0]]
            if chosen:
                made = RunRequest(
                    entries=chosen,
                    unasked=frozenset(entry.info.name for entry in unasked),
                    dataset=opened.dataset,
                    fingerprint=opened.fingerprint,
                    split=opened.split,
                    results=request.results,
                    machine=machine,
                    training=training,
                    references=request.references,
                    protocol=protocol,
                    parameters=parameters,
                    seed=seed,
                    rerun=request.rerun,
                    best=request.best,
                    deterministic=request.deterministic,
                    compile=backend,
                    isolation=isolation,
                    seen=seen,
                )
                planned.append(PlannedSplit(split, made))
    return Planned(tuple(planned), names, tuple(registry.problems.values()))


def compute(planned: Planned, overview: Overview) -> RunSummary:
    """Compute what is missing of every planned run, in this process and those that it works with."""
    summary = RunSummary()
    with overview:
        for one in planned.runs:
            summary.add(run(one.run, overview))
    return summary


def chosen_methods(registry: Registry, words: tuple[str, ...], tell: Tell) -> tuple[list[MethodEntry], dict[str, str]]:
    """The methods that were named, each once, and the own name of each by what it was called."""
    chosen: dict[str, MethodEntry] = {}
    names: dict[str, str] = {}
    groups = method_groups()
    for word in words:
        if _is_group(word):
            every = list(registry.entries() if word == ALL else registry.entries(groups[word]))
            group = [entry for entry in every if not entry.info.requires]
            for entry in (one for one in every if one.info.requires):
                given = f"--set {entry.info.name}.{entry.info.requires[0]}=..."
                tell(f"{entry.info.name} is left out of {word!r}: name it in --methods and give {given}")
        else:
            group = [registry.get(word)]
            names[word] = group[0].info.name
        chosen |= {entry.info.name: entry for entry in group}
    return list(chosen.values()), names


def _is_group(word: str) -> bool:
    return word == ALL or word in method_groups()


def _offered(entries: list[MethodEntry], machine: Machine, tell: Tell) -> list[MethodEntry]:
    """Those of ``entries`` that the machine's precision is offered for; ``tell`` is told of the others.

    Raises MethodError if none is left.
    """
    left_out = [entry.info.name for entry in entries if not offers(entry.info, machine.precision)]
    if left_out and len(left_out) == len(entries):
        raise MethodError(f"none is offered in {machine.precision}: {', '.join(left_out)}; use --precision fp32")
    if left_out:
        tell(f"not offered in {machine.precision}, and left out: {', '.join(left_out)}")
    return [entry for entry in entries if entry.info.name not in left_out]


def starts_as_chosen(entry: MethodEntry) -> bool:
    """True if the start of the method's training can be chosen."""
    return entry.info.trainable and "start" in entry.parameter_names()


def _anchors(registry: Registry, entries: list[MethodEntry], tell: Tell) -> list[MethodEntry]:
    """The yardsticks, except those that were asked for."""
    asked = {entry.info.name for entry in entries}
    builtin = [name for name in registry.names() if registry.is_builtin(name)]
    before = set(registry.problems)
    found = [entry for entry in registry.entries(builtin) if entry.info.anchor and entry.info.name not in asked]
    for name in set(registry.problems) - before:
        # Nobody asked for it, so that it decides nothing.
        tell(f"{registry.problems.pop(name)}; it is not shown")
    return found


def _twins(registry: Registry, entries: list[MethodEntry], request: EvaluationRequest) -> list[MethodEntry]:
    """Beside each method that is trained here, the same with weights of its own: the first whose weights are here.

    Left out where it was asked for, or can be shown none of the references that were.
    """
    found = {entry.info.name: entry for entry in entries}
    shown = {parse_reference(name).paradigm for name in request.references}
    for entry in entries:
        ready = (registry.get(name) for name in entry.info.ready)
        twin = next((one for one in ready if weights_are_here(one)), None)
        if twin is not None and (not shown or shown & set(twin.info.paradigms)):
            found.setdefault(twin.info.name, twin)
    return list(found.values())[len(entries) :]


def _open(request: EvaluationRequest, split: str | None, datasets: DatasetRegistry, tell: Tell) -> Opened:
    with first_goes_first():
        opened = open_for_run(
            request.dataset,
            request.root,
            split,
            references=request.references,
            allow_outside_root=request.allow_outside_root,
            mos_direction=request.mos_direction,
            datasets=datasets,
        )
    for note in (*opened.dataset.notes, *opened.notes):
        tell(note)
    return opened


def _training(
    request: EvaluationRequest,
    opened: Opened,
    entries: list[MethodEntry],
    settings: Mapping[str, Mapping[str, Any]],
    datasets: DatasetRegistry,
    tell: Tell,
) -> tuple[TrainingData | None, dict[str, dict[str, Any]]]:
    """What trained methods learn from, None without any; and the arguments of every method."""
    parameters = {name: dict(values) for name, values in settings.items()}
    if not any(entry.info.trainable for entry in entries):
        return None, parameters
    training = training_data(opened, request.train_on, request.allow_outside_root, datasets)
    if said := said_of_training(opened, training, request.train_on):
        tell(said)
    recipe = request.recipe or (recipe_for(training) if training is not None else None)
    for entry in entries:
        name = entry.info.name
        parameters[name] = with_recipe(entry, parameters.get(name, {}), recipe)
    if request.start is not None:
        starting = [entry.info.name for entry in entries if starts_as_chosen(entry)]
        if not starting:
            raise UserError(
                f"--start {request.start}: none of the methods lets its start be chosen; leave the option out"
            )
        for name in starting:
            parameters.setdefault(name, {}).setdefault("start", request.start)
    return training, parameters
