"""One readable training loop, shared by every trained method.

Names are looked up on first use, so that importing this package does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iqabench.training.batch import Batch
    from iqabench.training.data import TrainingSet
    from iqabench.training.network import NetworkMethod
    from iqabench.training.progress import Progress, RichProgress, SilentProgress
    from iqabench.training.recipe import Optimiser, Recipe, Stage
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
    "Batch": "batch",
    "FitSession": "session",
    "NetworkMethod": "network",
    "Optimiser": "recipe",
    "Progress": "progress",
    "Recipe": "recipe",
    "RichProgress": "progress",
    "SilentProgress": "progress",
    "Stage": "recipe",
    "TrainingSet": "data",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
