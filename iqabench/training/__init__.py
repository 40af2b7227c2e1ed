"""One readable training loop, shared by every trained method, and the cache of trained models.

A training set and a network enter; weights leave. Names are looked up on first use, so that importing this package
does not import torch. Imports ``results``, ``methods``, ``data``, ``weights`` and ``_util``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iqabench.methods.learning import Optimiser, Recipe, Stage
    from iqabench.training.batch import Batch
    from iqabench.training.data import TrainingSet
    from iqabench.training.network import NetworkMethod
    from iqabench.training.progress import Progress, RichProgress, SilentProgress
    from iqabench.training.session import FitSession

__all__ = [
    "Batch",
    "FitSession",
    "NetworkMethod",
    "Optimiser",
    "Progress",
    "Recipe",
    "RichProgress",
    "SilentProgress",
    "Stage",
    "TrainingSet",
]

_HOMES = {
    "Batch": "iqabench.training.batch",
    "FitSession": "iqabench.training.session",
    "NetworkMethod": "iqabench.training.network",
    "Optimiser": "iqabench.methods.learning",
    "Progress": "iqabench.training.progress",
    "Recipe": "iqabench.methods.learning",
    "RichProgress": "iqabench.training.progress",
    "SilentProgress": "iqabench.training.progress",
    "Stage": "iqabench.methods.learning",
    "TrainingSet": "iqabench.training.data",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
