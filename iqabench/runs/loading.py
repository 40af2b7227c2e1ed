"""From a method's declaration to a method that can score: built by its settings, trained if need be, isolated.

``run``, ``score`` and the jobs of a cluster come to their methods by these functions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iqabench._util.blame import told
from iqabench._util.errors import UserError
from iqabench._util.progress import Overview
from iqabench.methods.contract import MethodEntry
from iqabench.scoring.isolation import Isolation
from iqabench.training.cache import TrainingData, TrainingOptions, ensure_trained

PAPER_SIZED = 2000
"""Training images from which on a method's full recipe is the default."""


def build_method(entry: MethodEntry, settings: Mapping[str, Any], isolation: Isolation | None) -> Any:
    """The method by its settings. One that must be trained first is built in this process, whatever the limits.

    Raises
    ------
    UserError
        If it has no such setting, or its weights cannot be had.
    """
    if entry.info.trainable:
        return entry.create(**settings)
    return isolated(entry, settings, isolation) or entry.create(**settings)


def train_method(
    entry: MethodEntry,
    method: Any,
    settings: Mapping[str, Any],
    data: TrainingData,
    options: TrainingOptions,
    overview: Overview,
    isolation: Isolation | None = None,
    validate: Callable[[Any, int], float] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The trained method, ready to score, and its ``training.json``; a training that is on disk is loaded."""
    training = ensure_trained(method, data, options, overview, validate)
    return isolated(entry, settings, isolation, method) or method, training


def isolated(
    entry: MethodEntry, settings: Mapping[str, Any], isolation: Isolation | None, trained: Any = None
) -> Any | None:
    """The method in a process of its own, with what ``trained`` has learnt; None if no limit covers it."""
    if isolation is None or not isolation.covers(entry):
        return None
    return isolation.start(entry, settings, trained)


def with_recipe(entry: MethodEntry, settings: Mapping[str, Any], recipe: str | None) -> dict[str, Any]:
    """``settings``, and ``recipe`` where they say nothing of it and the method lets it be chosen."""
    chosen = recipe is not None and entry.info.trainable and "recipe" in entry.parameter_names()
    return {"recipe": recipe, **settings} if chosen else dict(settings)


def weights_are_here(entry: MethodEntry) -> bool:
    """True if nothing has to be fetched to build the method."""
    from iqabench.weights import locate

    return all(locate(weights) is not None for weights in entry.info.weights)


def recipe_for(training: TrainingData) -> str:
    """``paper`` for a training part of the paper's order of size, ``quick`` for a small one."""
    frame = training.split.apply(training.dataset.frame)
    return "paper" if int((frame["part"] == "train").sum()) >= PAPER_SIZED else "quick"


def problem_of(name: str, error: BaseException) -> str:
    """Why the method called ``name`` failed, in one sentence that names it."""
    text = str(error) if isinstance(error, UserError) else told(error)
    return text if text.startswith(name) else f"{name}: {text}"
