from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from torch.nn.functional import softplus

from baselines.networks.hall_iqa import ADVERSARIAL_WEIGHT, FEATURE_WEIGHT, HALLUCINATION_WEIGHT, HallIqa
from baselines.no_reference.hall_iqa import RECIPES
from iqabench._util.errors import DataError
from iqabench.training import Batch

HALLUCINATE, JOINT = RECIPES["quick"].recipe.stages


@pytest.fixture
def method() -> HallIqa:
    torch.manual_seed(0)
    method = HallIqa("quick")
    method.initialise(SimpleNamespace(categories=()))  # type: ignore[arg-type]
    return method


def batch_of(pristine: torch.Tensor | None) -> Batch:
    restored = torch.full((2, 3, 64, 64), 0.5)
    return Batch(restored, torch.tensor([0.3, 0.7]), torch.zeros(2).long(), pristine=pristine)


def test_losses_by_hand(method: HallIqa, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of(torch.full((2, 3, 64, 64), 0.7))
    monkeypatch.setattr(method.generator, "forward", lambda r: (r + 0.1, torch.zeros(2, 64, 16, 16)))
    monkeypatch.setattr(method.discriminator, "forward", lambda images: images.mean((1, 2, 3)))
    monkeypatch.setattr(method.regressor, "forward", lambda r, h, inner: torch.tensor([0.35, 0.2]))
    trunk = SimpleNamespace(unit=lambda images: [images, 2 * images], to=lambda device: trunk)
    method._trunk = (trunk,)  # type: ignore[assignment]
    pixels = 0.1**2
    features = (3 * 0.1**2 + 3 * 0.2**2) / 2
    real, made = math.log1p(math.exp(-0.7)), float(softplus(torch.tensor(0.6)))
    base = pixels + FEATURE_WEIGHT * features
    first = base + ADVERSARIAL_WEIGHT * (real + made)
    assert method.loss(HALLUCINATE, batch).item() == pytest.approx(first, rel=1e-5)
    # The first image's quality is off by 0.05: its hallucination is convincing; the second's by 0.5.
    half = (made + math.log1p(math.exp(-0.6))) / 2
    joint = (0.05 + 0.5) / 2 + HALLUCINATION_WEIGHT * (base + ADVERSARIAL_WEIGHT * (real + half))
    assert method.loss(JOINT, batch).item() == pytest.approx(joint, rel=1e-5)


def test_discriminator_and_generator_quarrel(method: HallIqa) -> None:
    torch.manual_seed(1)
    made = torch.rand(2, 3, 64, 64, requires_grad=True)

    def verdict() -> float:
        return float(method.discriminator(made.detach()).mean().detach())

    before = verdict()
    method.hallucination_loss(made, made.detach(), torch.zeros(2)).backward()
    assert made.grad is not None
    with torch.no_grad():
        # A step of the generator is taken for real more ...
        assert float(method.discriminator(made - 10 * made.grad / made.grad.norm()).mean()) > before
        # ... and the discriminator's own step lowers its cross-entropy.
        parameters = list(method.discriminator.parameters())
        loss = method.hallucination_loss(made, torch.zeros_like(made), torch.zeros(2))
    gradient = torch.autograd.grad(
        method.hallucination_loss(made.detach(), torch.zeros_like(made), torch.zeros(2)), parameters
    )
    with torch.no_grad():
        for parameter, slope in zip(parameters, gradient, strict=True):
            parameter -= 1e-2 * slope
        assert method.hallucination_loss(made, torch.zeros_like(made), torch.zeros(2)) < loss


def test_convincing_hallucinations_do_not_move_the_generator(method: HallIqa) -> None:
    made = torch.rand(2, 3, 64, 64, requires_grad=True)
    method.hallucination_loss(made, made.detach(), torch.tensor([1.0, 0.0])).backward()
    assert made.grad is not None
    assert made.grad[0].abs().max() < 1e-7
    assert made.grad[1].abs().max() > 1e-7


def test_training_needs_pristine_images(method: HallIqa) -> None:
    with pytest.raises(DataError, match="pristine"):
        method.loss(JOINT, batch_of(None))


def test_what_training_alone_needs_is_not_in_the_trained_state(method: HallIqa) -> None:
    names = {name.split(".")[0] for name in method.trained_state()}
    assert names == {"generator", "regressor"}
    assert any(note.startswith("trained from a random start") for note in method.notes)
