"""Recipe ``released``: losses and gradients are those of the released code, written anew in the tests' support."""

from __future__ import annotations

import copy

import pytest
import torch
from released_ckdn import ReleasedNetwork, made_network, relative_loss, scores_loss
from torch import Tensor, nn

from ckdn.convert import rename
from ckdn.method import CKDN
from iqabench.training import Batch


@pytest.fixture(scope="module")
def network() -> ReleasedNetwork:
    return made_network(7)


@pytest.fixture(scope="module")
def batch() -> Batch:
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(4, 8, 3, 32, 32, generator=generator)
    # Each kind of image has statistics of its own, so that it matters with whom it passes.
    restored, partner, degraded, pristine = noise * torch.tensor([1, 0.6, 0.4, 1.5])[:, None, None, None, None]
    quality, other = torch.rand(2, 8, generator=generator)
    return Batch(
        restored=restored,
        quality=quality,
        category=torch.zeros(8, dtype=torch.int64),
        degraded=degraded,
        pristine=pristine,
        partner=partner,
        partner_quality=other,
    )


def ours(network: ReleasedNetwork, recipe: str, **settings: str | float) -> CKDN:
    """CKDN with the weights of ``network``."""
    method = CKDN(recipe=recipe, start="random", **settings)  # type: ignore[arg-type]
    state = {rename(name, ""): tensor.clone() for name, tensor in network.state_dict().items()}
    method.network.load_state_dict(state)
    return method


def without_dropout(module: nn.Module, training: bool) -> nn.Module:
    module = module.train(training)
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.eval()
    return module


def gradients(module: nn.Module, loss: Tensor) -> dict[str, Tensor]:
    named = dict(module.named_parameters())
    found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {name: gradient for name, gradient in zip(named, found, strict=True) if gradient is not None}


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("stage", ["relative", "scores"])
def test_losses_and_gradients_are_the_released_ones(
    network: ReleasedNetwork, batch: Batch, stage: str, training: bool
) -> None:
    theirs = without_dropout(copy.deepcopy(network), training)
    outputs = theirs(batch.restored, batch.partner, batch.degraded, batch.pristine)
    if stage == "relative":
        expected = relative_loss(outputs, batch.quality, batch.partner_quality)
    else:
        expected = scores_loss(outputs, batch.quality)
    method = ours(network, "released")
    without_dropout(method, training)
    (asked,) = [one for one in method.recipe.stages if one.name == stage]
    loss = method.loss(asked, batch)
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=0)
    wanted = {rename(name, ""): gradient for name, gradient in gradients(theirs, expected).items()}
    found = gradients(method.network, loss)
    # The released forward pass embeds all four images in both stages; what has no part in the loss has no gradient.
    assert set(found) == set(wanted)
    for name, gradient in wanted.items():
        atol = 1e-4 * gradient.abs().max().item() + 1e-9
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=atol)


def test_each_difference_is_a_parameter_and_matters(network: ReleasedNetwork, batch: Batch) -> None:
    def loss(recipe: str, training: bool, **settings: str | float) -> float:
        method = ours(network, recipe, **settings)
        without_dropout(method, training)
        return method.loss(method.recipe.stages[-1], batch).item()

    released = loss("released", training=True)
    assert loss("released", training=True, passes="joint") != pytest.approx(released, rel=1e-3)
    assert loss("released", training=True, distillation="mean") != pytest.approx(released, rel=1e-3)
    # In evaluation mode nothing depends on who passes with whom.
    assert loss("released", training=False, passes="joint") == pytest.approx(loss("released", training=False), rel=1e-5)
    as_paper = {"passes": "joint", "distillation": "mean", "distillation_weight": 10, "difference": "paper"}
    assert loss("released", training=True, **as_paper) == pytest.approx(loss("paper", training=True), rel=1e-6)


def test_paper_and_quick_have_eq_4_as_printed(network: ReleasedNetwork, batch: Batch) -> None:
    for recipe in ("paper", "quick"):
        method = ours(network, recipe)
        method.eval()
        embed = method.network
        with torch.no_grad():
            quality, degraded, pristine = (
                embed.qse(batch.restored),
                embed.dte(batch.degraded),
                embed.dte(batch.pristine),
            )
            scores = [embed.head(embed.csp(reference - quality)) for reference in (degraded, pristine)]
            expected = sum(((score - batch.quality) ** 2).mean() for score in scores)
            expected += 10 * ((degraded - pristine) ** 2).mean()
            assert method.loss(method.recipe.stages[-1], batch).item() == pytest.approx(expected.item(), rel=1e-5)
