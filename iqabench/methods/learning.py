"""How a method is trained, as data: stages, optimiser settings, batch size, and the record of each epoch.

This module imports no torch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Optimiser:
    """Optimiser of a stage. Weight decay is never applied to one-dimensional parameters."""

    name: Literal["sgd", "adam", "adamw"] = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 1e-4


@dataclass(frozen=True)
class Stage:
    """One phase of training: a loss (chosen by ``name``), its optimiser and its length."""

    name: str
    epochs: int
    optimiser: Optimiser
    warmup_epochs: float = 0.0
    """Epochs over which the learning rate rises linearly from 0; fractions allowed."""
    schedule: Literal["constant", "cosine"] = "constant"
    pairs: bool = False
    """True if every row comes with a partner: a second restored image of the same content, drawn uniformly."""
    crop: int | None = None
    """Side in pixels of a random crop, the same for R, D and H of a row; None for the whole image."""
    clip_norm: float | None = None
    """Largest Euclidean norm of the gradient; None for no clipping."""


@dataclass(frozen=True)
class Recipe:
    """A named training recipe (``paper``, ``released``, ``quick``): everything that shapes the weights."""

    name: str
    stages: tuple[Stage, ...]
    batch_size: int = 8
    drop_last: bool = True

    @property
    def epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain data; enters the id of the trained weights."""
        return asdict(self)


@dataclass(frozen=True)
class EpochRecord:
    """Losses of one epoch of training."""

    stage: str
    epoch: int
    """Counted from 1 over all stages."""
    loss: float
    """Mean over the steps of the epoch."""
    validation: float | None = None


@dataclass(frozen=True)
class BestState:
    """The epoch that validated best, and the trained state it had."""

    epoch: int
    validation: float
    state: dict[str, Tensor]
