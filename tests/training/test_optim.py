"""Optimisers and learning rates."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from iqabench._util.errors import MethodError
from iqabench.training import Optimiser, Stage
from iqabench.training.optim import build_optimiser, learning_rate, set_learning_rate

STAGE = Stage("s", epochs=5, optimiser=Optimiser(learning_rate=0.2))


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_weight_decay_spares_one_dimensional_parameters(name: str) -> None:
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    optimiser = build_optimiser(Optimiser(name=name, weight_decay=0.1), list(layers.parameters()))  # type: ignore[arg-type]
    by_decay = {group["weight_decay"]: [p.ndim for p in group["params"]] for group in optimiser.param_groups}
    assert by_decay == {0.1: [4], 0.0: [1, 1, 1]}


def test_sgd_takes_nesterov_steps() -> None:
    weight = nn.Parameter(torch.tensor([[1.0]]))
    settings = Optimiser(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.5)
    optimiser = build_optimiser(settings, [weight])
    for _ in range(2):
        weight.grad = torch.tensor([[1.0]])
        optimiser.step()
    # By hand: g = 1 + 0.5 w; b = 0.9 b + g (b = g at first); w -= 0.1 (g + 0.9 b).
    first = 1 - 0.1 * (1.5 + 0.9 * 1.5)
    gradient = 1 + 0.5 * first
    momentum = 0.9 * 1.5 + gradient
    assert weight.item() == pytest.approx(first - 0.1 * (gradient + 0.9 * momentum), rel=1e-5)


def test_nothing_to_train_is_an_error() -> None:
    with pytest.raises(MethodError, match="trains no parameter"):
        build_optimiser(Optimiser(), [])
    with pytest.raises(MethodError, match="'lion' is unknown"):
        build_optimiser(Optimiser(name="lion"), [nn.Parameter(torch.zeros(1))])  # type: ignore[arg-type]


def test_warm_up_rises_linearly_to_the_constant_rate() -> None:
    stage = replace(STAGE, warmup_epochs=0.5)
    rates = [learning_rate(stage, step, 8) for step in range(8)]
    assert rates == pytest.approx([0.04, 0.08, 0.12, 0.16, 0.2, 0.2, 0.2, 0.2])


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert learning_rate(STAGE, 0, 8) == 0.2


def test_cosine_falls_from_the_full_rate_to_almost_nothing() -> None:
    stage = replace(STAGE, warmup_epochs=1.0, schedule="cosine")
    assert learning_rate(stage, 10, 10) == pytest.approx(0.2)
    assert learning_rate(stage, 30, 10) == pytest.approx(0.1)
    assert learning_rate(stage, 49, 10) == pytest.approx(0.1 * (1 + math.cos(math.pi * 39 / 40)))


def test_the_rate_reaches_every_group() -> None:
    optimiser = build_optimiser(Optimiser(), [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1, 1))])
    set_learning_rate(optimiser, 0.03)
    assert [group["lr"] for group in optimiser.param_groups] == [0.03, 0.03]
