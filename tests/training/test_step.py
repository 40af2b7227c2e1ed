"""A step skips what its stage does not use, and finds the gradients of the computation that skips nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ckdn.losses import distillation_loss, relative_loss, score_loss
from ckdn.method import CKDN
from iqabench.training import Batch, FitSession, Stage
from iqabench.training.step import Stepper

ROWS, SIDE = 3, 32


@pytest.fixture
def batch() -> Batch:
    draw = torch.Generator().manual_seed(1)
    images = [torch.randn(ROWS, 3, SIDE, SIDE, generator=draw) for _ in range(4)]
    qualities = [torch.rand(ROWS, generator=draw) for _ in range(2)]
    return Batch(
        restored=images[0],
        quality=qualities[0],
        category=torch.zeros(ROWS, dtype=torch.long),
        degraded=images[1],
        pristine=images[2],
        partner=images[3],
        partner_quality=qualities[1],
    )


def fresh() -> CKDN:
    """The same network each time; without dropout, which would draw other numbers for other branches."""
    torch.manual_seed(0)
    method = CKDN(recipe="paper", start="random")
    method.train()
    for module in method.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return method


def everything(method: CKDN, stage: Stage, batch: Batch) -> Tensor:
    """Every branch of the network, every time; then the loss of Eq. 5 or Eq. 4."""
    network, chosen = method.network, method.hyperparameters
    assert batch.partner is not None
    assert batch.degraded is not None
    assert batch.pristine is not None
    assert batch.partner_quality is not None
    first, second = network.qse(torch.cat([batch.restored, batch.partner])).chunk(2)
    alone = network.qse(batch.restored)
    degraded, pristine = network.dte(torch.cat([batch.degraded, batch.pristine])).chunk(2)
    relative = network.pretraining_head(network.pretraining_csp(first - second))
    both = network.head(network.csp(torch.cat([degraded - alone, pristine - alone])))
    pretraining = relative_loss(relative, batch.quality, batch.partner_quality, chosen.elo_scale)
    training = score_loss(both[:ROWS], batch.quality) + score_loss(both[ROWS:], batch.quality)
    training = training + chosen.distillation_weight * distillation_loss(pristine, degraded)
    return pretraining + 0 * training if stage.name == "relative" else training + 0 * pretraining


@pytest.mark.parametrize("index", [0, 1], ids=["pre-training", "second stage"])
@pytest.mark.parametrize("backend", [None, "eager"], ids=["as it is", "traced"])
def test_gradients_are_those_of_the_full_computation(batch: Batch, index: int, backend: str | None) -> None:
    full, ours = fresh(), fresh()
    stage = ours.recipe.stages[index]
    loss = everything(full, stage, batch)
    loss.backward()
    report = Stepper(ours, stage, FitSession(compile=backend))(batch, 0.0)
    trained = {id(parameter) for parameter in ours.trainable_parameters(stage)}
    assert float(report[0]) == pytest.approx(float(loss.detach()), rel=1e-5)
    whole = dict(full.named_parameters())
    seen = 0
    for name, parameter in ours.named_parameters():
        if id(parameter) in trained:
            assert parameter.grad is not None, name
            expected = whole[name].grad
            assert expected is not None, name
            scale = float(expected.abs().max())
            assert torch.allclose(parameter.grad, expected, rtol=1e-4, atol=1e-4 * scale + 1e-9), name
            seen += scale > 0
        else:
            assert parameter.grad is None, name
    assert seen > len(trained) * 0.9


def test_a_step_is_asked_for_the_images_its_stage_looks_at() -> None:
    method = fresh()
    assert list(method.references(method.recipe.stages[0])) == []
    assert set(method.references(method.recipe.stages[1])) == {"degraded", "pristine"}


def test_a_loss_that_is_not_finite_changes_no_weight(batch: Batch) -> None:
    method = fresh()
    stage = method.recipe.stages[1]
    before = {name: value.clone() for name, value in method.named_parameters()}
    broken = Batch(**{**vars(batch), "quality": torch.full((ROWS,), float("nan"))})
    report = Stepper(method, stage, FitSession())(broken, 0.1, flag=True)
    assert torch.isnan(report[0])
    assert report[1] == 1
    assert all(torch.equal(value, before[name]) for name, value in method.named_parameters())
