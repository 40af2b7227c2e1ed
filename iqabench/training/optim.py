"""Optimisers and learning rates as a recipe states them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from iqabench._util.errors import MethodError
from iqabench.methods.learning import Optimiser, Stage

_FUSED_ON = ("cpu", "cuda")


def build_optimiser(settings: Optimiser, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimiser over ``parameters``; weight decay spares the one-dimensional ones (biases, norms).

    Raises
    ------
    MethodError
        For an unknown optimiser, or nothing to train.
    """
    if not parameters:
        raise MethodError("this stage trains no parameter; check trainable_parameters(stage)")
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    fused = all(p.device.type in _FUSED_ON for p in parameters)
    rate = settings.learning_rate
    if settings.name == "sgd":
        return torch.optim.SGD(
            groups,
            lr=rate,
            momentum=settings.momentum,
            nesterov=settings.nesterov and settings.momentum > 0,
            fused=fused,
        )
    if settings.name == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=fused)
    if settings.name == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=fused)
    raise MethodError(f"optimiser {settings.name!r} is unknown; use sgd, adam or adamw")


def learning_rate(stage: Stage, step: int, steps_per_epoch: int) -> float:
    """Learning rate of step ``step`` (from 0) of a stage: linear warm-up from 0, then constant or cosine to 0."""
    top = stage.optimiser.learning_rate
    warmup = round(stage.warmup_epochs * steps_per_epoch)
    if step < warmup:
        return top * (step + 1) / (warmup + 1)
    if stage.schedule == "constant":
        return top
    rest = max(1, stage.epochs * steps_per_epoch - warmup)
    return top * 0.5 * (1 + math.cos(math.pi * (step - warmup) / rest))


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use ``rate`` in the next step."""
    for group in optimiser.param_groups:
        group["lr"] = rate
