"""Methods made ready to score one's own images: built, or trained where that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError, MissingExtraError, UserError
from iqabench._util.progress import Overview
from iqabench.data.open import DatasetRegistry
from iqabench.methods.contract import MethodEntry, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.settings import settings_by_method
from iqabench.methods.tiling import Tiling
from iqabench.runs.loading import build_method, problem_of, recipe_for, train_method, weights_are_here, with_recipe
from iqabench.runs.setup import other_training_data
from iqabench.scoring.isolation import Isolation
from iqabench.scoring.precision import require_precision
from iqabench.scoring.tiles import Tiled
from iqabench.training.cache import TrainingOptions


@dataclass(frozen=True)
class LoadedMethod:
    """A method that can score: under the name that was asked for."""

    name: str
    method: Any
    notes: tuple[str, ...] = ()
    training: Mapping[str, Any] | None = None
    """``training.json`` of a method that was trained for this, or found trained."""

    @property
    def sign(self) -> int:
        """+1 if a higher score means better quality, -1 if lower does."""
        return int(self.method.info.sign)

    @property
    def is_distance(self) -> bool:
        """True if it measures how near an image is to whatever reference it is shown, and has learnt no quality."""
        info = self.method.info
        return {Paradigm.DR, Paradigm.FR} <= set(info.paradigms) and not info.trainable

    def blind(self, has_reference: bool) -> bool:
        """True if it is shown nothing.

        Raises
        ------
        MethodError
            If it compares with a reference and there is none.
        """
        paradigms = self.method.info.paradigms
        if paradigms == (Paradigm.NR,) or (Paradigm.NR in paradigms and not has_reference):
            return True
        if not has_reference:
            raise MethodError(f"{self.name} compares with a reference: name the degraded image as second argument")
        return False

    def tiled(self, tiling: Tiling | None, *, blind: bool) -> Tiled:
        """The method for images of any size."""
        return Tiled(self.method, tiling, blind=blind)


@dataclass
class Preparation:
    """The methods that are ready, and why others are not."""

    ready: list[LoadedMethod] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TrainingRequest:
    """Training data that was asked for (``NAME[:ROOT]``), and where trained models are kept."""

    train_on: str
    results: Path
    machine: Machine


def require_offered(names: Sequence[str], registry: Registry, machine: Machine, *, trained: bool = False) -> None:
    """Refuse methods that the machine's precision is not offered for, before any is built or trained.

    Names that are unknown, or stand for what is not here, are left to :func:`prepare_methods`.

    Raises
    ------
    UserError
        As :func:`iqabench.scoring.precision.require_precision` does.
    """
    infos = []
    for name in names:
        with suppress(UserError):
            entry = registry.get(name)
            infos.append((_twin(entry, registry)[0] if entry.info.trainable and not trained else entry).info)
    require_precision(infos, machine)


def prepare_methods(
    names: Sequence[str],
    registry: Registry,
    settings: Mapping[str, Mapping[str, Any]],
    asked_training: TrainingRequest | None,
    overview: Overview,
    isolation: Isolation | None = None,
) -> Preparation:
    """Build every method named; one that cannot be had costs only itself, an unknown name everything.

    ``settings`` are constructor arguments by method, under any name that it is called by. With ``isolation``, methods
    of plugins live in processes of their own; its owner closes it.

    Raises
    ------
    UserError
        For an unknown name, also among the settings.
    """
    found, entries = Preparation(), dict[str, MethodEntry]()
    for name in names:
        try:
            entries[name] = registry.get(name)
        except MissingExtraError as error:
            found.problems.append(problem_of(name, error))
    called = dict(zip(names, names, strict=True)) | {
        name: entry.info.name
        for asked, entry in entries.items()
        for name in (asked, entry.info.name, *entry.info.ready)
    }
    stated = settings_by_method(settings, called)
    for name, entry in entries.items():
        own = stated.get(entry.info.name, {})
        try:
            if entry.info.trainable and asked_training is not None:
                ready = _trained(name, entry, registry, own, asked_training, overview, isolation)
            else:
                ready = _built(name, entry, registry, own, isolation)
            if ready.method.scores_rows:
                raise MethodError(
                    f"{name} judges by the name of the algorithm, not by images: it has no score for yours"
                )
            found.ready.append(ready)
        except (Exception, SystemExit) as error:  # building a method may fail in any way; the others go on
            found.problems.append(problem_of(name, error))
    return found


def _built(
    name: str, entry: MethodEntry, registry: Registry, settings: Mapping[str, Any], isolation: Isolation | None
) -> LoadedMethod:
    """A method that needs no training, or the one that comes with trained weights in place of one that does."""
    notes = []
    if entry.info.trainable:
        entry, why = _twin(entry, registry)
        notes.append(f"scored by {entry.info.name}: {entry.info.summary}{why}")
    return _loaded(name, build_method(entry, settings, isolation), notes)


def _twin(entry: MethodEntry, registry: Registry) -> tuple[MethodEntry, str]:
    """The first of the methods with trained weights whose weights are here, and why it is that one."""
    ready = [registry.get(name) for name in entry.info.ready]
    for number, twin in enumerate(ready):
        if weights_are_here(twin):
            before = [
                f"{one.info.name} (not here: iqabench weights fetch {one.info.weights[0]})" for one in ready[:number]
            ]
            after = [one.info.name for one in ready[number + 1 :]]
            why = f"; it would give way to {' or '.join(before)}" if before else ""
            why += f"; it goes before {' and '.join(after)}, which --method {after[0]} takes" if after else ""
            return twin, why
    raise MethodError(
        f"{entry.info.name} must be trained before it can score, and comes without a model: --train-on mini trains "
        "it on the embedded set (pseudo labels, minutes), --train-on NAME:ROOT on a data set of yours"
    )


def _trained(
    name: str,
    entry: MethodEntry,
    registry: Registry,
    settings: Mapping[str, Any],
    asked_training: TrainingRequest,
    overview: Overview,
    isolation: Isolation | None,
) -> LoadedMethod:
    data = other_training_data(asked_training.train_on, datasets=DatasetRegistry(registry.plugin_files))
    settings = with_recipe(entry, settings, recipe_for(data))
    options = TrainingOptions(asked_training.results, asked_training.machine)
    method = build_method(entry, settings, isolation)
    method, training = train_method(entry, method, settings, data, options, overview, isolation)
    card = data.dataset.card
    return _loaded(name, method, [f"trained on {card.name} ({card.label_kind} labels)"], training)


def _loaded(name: str, method: Any, notes: list[str], training: Mapping[str, Any] | None = None) -> LoadedMethod:
    return LoadedMethod(name, method, tuple(f"{name}: {note}" for note in (*notes, *method.notes)), training)
