"""From names of plans to finished tables: opens the data, computes what is missing, builds the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util import distributed, waiting
from iqabench._util.errors import UserError
from iqabench._util.progress import Overview
from iqabench.data.open import DatasetRegistry
from iqabench.methods.registry import Registry
from iqabench.reproduce.cells import expand
from iqabench.reproduce.jobs import Asked, Choices, TableJob, ask, distinct_jobs
from iqabench.reproduce.match import Finder
from iqabench.reproduce.plans import TablePlan, available_plans, load_plan
from iqabench.reproduce.source import Source
from iqabench.reproduce.sources import source_of_data, source_of_results
from iqabench.reproduce.table import PaperTable, ShownParts, build
from iqabench.results.model import ResultSet
from iqabench.results.store import find_results

if TYPE_CHECKING:
    from iqabench._util.devices import Machine
    from iqabench.reproduce.execute import Outcome
    from iqabench.training.cache import TrainingData

OWN_DATA = ("bapps", "sets")
"""Data sets that serve their own tables only, and no other table serves them."""


@dataclass(frozen=True)
class ReproduceRequest:
    """What the user asks for."""

    results: Path
    dataset: str = "mini"
    root: Path | None = None
    mos_direction: str | None = None
    split: str | None = None
    recipe: str | None = None
    train_on: str = ""
    fingerprint: str | None = None
    """Which state of the data to show where there are only results; a prefix is enough."""
    choices: Choices = field(default_factory=Choices)
    precision: str = "fp32"
    from_results: bool = False
    """Never open the data: everything that is shown lies in ``results``."""
    only_stored: bool = False
    """Nothing is computed: a stored run counts whichever copy of the ImageNet weights its training began from."""


@dataclass
class Campaign:
    """Plans laid over data: which cell needs which run."""

    request: ReproduceRequest
    registry: Registry
    source: Source
    plans: list[TablePlan]
    asked: list[list[Asked]]
    training: TrainingData | None = None

    def jobs(self) -> list[TableJob]:
        """Every job of every plan, once."""
        return distinct_jobs(one for cells in self.asked for one in cells)

    def finder(self) -> Finder:
        """Looks jobs up in what the results folder holds now."""
        asked = self.request
        sets = _sets(asked.results, self.source.name)
        return Finder(sets, self.source, self.registry, asked.precision, only_stored=asked.only_stored)

    def missing(self) -> list[TableJob]:
        """Jobs without a finished run."""
        finder = self.finder()
        with waiting.at("looking for what is computed already"):
            return [job for job in self.jobs() if not finder.is_done(job, self.request.choices.best)]

    def compute(
        self,
        machine: Machine,
        overview: Overview,
        deterministic: bool = False,
        compile: str | None = None,
        group: str | None = None,
    ) -> Outcome:
        """Compute the missing runs, or one ``group`` of them; return the summary, and what failed and why."""
        from iqabench.reproduce.execute import Means, execute

        request = self.request
        means = Means(self.source, self.registry, request.results, machine, self.training)
        means = replace(means, deterministic=deterministic, best=request.choices.best, compile=compile)
        jobs = distributed.decided_by_first(self.missing)
        return execute(jobs if group is None else self.groups(jobs).get(group, []), means, overview)

    def groups(self, jobs: Sequence[TableJob]) -> dict[str, list[TableJob]]:
        """``jobs`` that are computed in one go, by a key."""
        from iqabench.reproduce.execute import grouped

        return grouped(jobs)

    def tables(self, problems: Mapping[TableJob, str] | None = None) -> list[PaperTable]:
        """The tables, from what is there."""
        finder, built = self.finder(), []
        for plan, cells in zip(self.plans, self.asked, strict=True):
            seeds = self.request.choices.seeds or plan.seeds
            # Each table tells its own clashes; what was read and built to find them is shared.
            shown = ShownParts(seeds, self.request.choices.best)
            with waiting.at(f"making {plan.name}"):
                built.append(build(plan, cells, replace(finder, clashes=[]), shown, dict(problems or {})))
        return built


def plan_campaign(names: Sequence[str], request: ReproduceRequest, registry: Registry) -> Campaign:
    """Open data (or results) and lay the plans over them; computes nothing.

    Raises
    ------
    UserError
        For an unknown plan, data that cannot be opened, or results that clash.
    """
    training: TrainingData | None = None
    if request.from_results:
        sets = _sets(request.results, None)
        if not sets:
            raise UserError(f"no results in {request.results}; name the folder with --results, or compute some")
        source = source_of_results(sets, request.dataset, request.recipe, request.split, request.fingerprint)
    else:
        source, training = _open(request, DatasetRegistry(registry.plugin_files))
    plans = [load_plan(name) for name in names]
    labels = source.labels_of(source.default_split)
    with waiting.at("laying the plans over the data"):
        asked = [ask(plan, expand(plan, labels), source, registry, request.choices) for plan in plans]
    return Campaign(request, registry, source, plans, asked, training)


def names_of(name: str, dataset: str) -> tuple[str, ...]:
    """``all`` as the plans that ``dataset`` serves; any other name as it is."""
    if name == "table9":
        raise UserError("table9 trains networks, it scores no images: python -m benchmarks.examples.sr_with_ckdn_loss")
    if name != "all":
        return (name,)
    needed = dataset if dataset in OWN_DATA else None
    found = [one for one in available_plans() if _serves(load_plan(one), needed)]
    return tuple(found)


def can_open(dataset: str, root: Path | None, plugins: Iterable[Path] = ()) -> bool:
    """True if the data can be opened: its root is named or remembered, or it brings its files along."""
    return DatasetRegistry(plugins).can_open(dataset, root)


def _serves(plan: TablePlan, needed: str | None) -> bool:
    return plan.dataset == needed if needed else plan.dataset not in OWN_DATA


def _open(request: ReproduceRequest, datasets: DatasetRegistry) -> tuple[Source, TrainingData | None]:
    from iqabench.runs.loading import recipe_for
    from iqabench.runs.setup import open_for_run, said_of_training, training_data

    opened = open_for_run(
        request.dataset, request.root, request.split, mos_direction=request.mos_direction, datasets=datasets
    )
    training = training_data(opened, request.train_on, datasets=datasets)
    recipe = request.recipe or (recipe_for(training) if training is not None else "quick")
    learnt_from = None if training is None else training.dataset
    source = source_of_data(opened.dataset, opened.fingerprint, opened.split, learnt_from, recipe)
    said = (*opened.notes, said_of_training(opened, training, request.train_on))
    source.remarks += [f"{sentence[0].upper()}{sentence[1:]}." for sentence in said if sentence]
    return source, training


def _sets(results: Path, dataset: str | None) -> list[ResultSet]:
    # A paper's table is of whole RGB images: rows by a named protocol are no part of it.
    return [one for one in find_results(results, dataset) if not one.protocol]
