"""The score's second term: the same for all restorations of one degraded image, so that their order stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from ckdn.blocks import LIMIT, Restorability, channel_statistics
from ckdn.checkpoint import write_checkpoint
from ckdn.method import CKDN
from ckdn.shipped import load_shipped

SCALE = 0.5


@pytest.fixture(scope="module")
def method() -> CKDN:
    """CKDN with a second term, of random weights that half precision holds exactly."""
    torch.manual_seed(1)
    made = CKDN(recipe="quick", start="random")
    made.network.restorability = Restorability()
    with torch.no_grad():
        made.network.restorability.scale.fill_(SCALE)
        # Restorations of noise by random weights are all alike: their scores must lie apart.
        made.network.head.get_parameter("layers.6.weight").mul_(100)
        for parameter in made.parameters():
            parameter.copy_(parameter.half().float())
    return made.eval()


@pytest.fixture
def images() -> tuple[Tensor, Tensor]:
    """Six restored images, and two degraded ones that are unlike."""
    generator = torch.Generator().manual_seed(2)
    strength = torch.tensor([0.2, 1.0]).view(2, 1, 1, 1)
    return torch.rand(6, 3, 40, 40, generator=generator), torch.rand(2, 3, 40, 40, generator=generator) * strength


@torch.no_grad()
def test_it_adds_one_number_per_degraded_image_and_keeps_the_order(method: CKDN, images: tuple[Tensor, Tensor]) -> None:
    network, restored, found = method.network, images[0], []
    term = network.restorability
    assert term is not None
    for degraded in images[1].split(1):
        reference = method.prepare(degraded)
        embedded = network.embed_restored(method.view(restored, "restored"))
        first = network.head.logits(network.csp(network.difference(embedded, reference)))
        both = torch.logit(method.score(restored, reference).double())
        mean, deviation = reference.mean((2, 3)), reference.std((2, 3), correction=0)
        expected = torch.cat([mean, deviation], 1) @ term.layer.weight[0] + term.layer.bias
        torch.testing.assert_close(both - SCALE * first, expected.double().expand(6), rtol=0, atol=1e-4)
        assert torch.equal(both.argsort(), first.argsort())
        assert first.std() > 1e-3
        found.append(float(expected))
    assert abs(found[0] - found[1]) > 1e-3


def test_a_channel_without_deviation_has_a_gradient() -> None:
    embedded = torch.rand(2, 5, 7, 7) + 3
    embedded[:, 1] = 0
    embedded.requires_grad_()
    deviation, mean = torch.std_mean(embedded, dim=(2, 3), correction=0)
    found = channel_statistics(embedded)
    torch.testing.assert_close(found, torch.cat([mean, deviation], 1), rtol=1e-6, atol=1e-6)
    (gradient,) = torch.autograd.grad(found[:, 5:].sum(), embedded)
    assert torch.isfinite(gradient).all()


@torch.no_grad()
def test_it_is_kept_within_its_limits() -> None:
    term = Restorability()
    statistics = torch.tensor([[1e4], [-1e4]]) * term.layer.weight.sign()
    assert term(torch.zeros(2), statistics).tolist() == [LIMIT, -LIMIT]


@torch.no_grad()
def test_without_a_reference_there_is_none(method: CKDN, images: tuple[Tensor, Tensor]) -> None:
    embedded = method.network.embed_restored(images[0])
    assert torch.equal(method.network.score(embedded, None), method.network.head(method.network.csp(embedded)))


@pytest.mark.parametrize(("precision", "error"), [("fp32", 1e-5), ("bf16", 0.03)])
@torch.inference_mode()
def test_the_fused_network_has_it_too(
    precision: str, error: float, method: CKDN, images: tuple[Tensor, Tensor]
) -> None:
    fused = method.fused(precision)
    for degraded in images[1].split(1):
        found = fused.score(images[0], fused.prepare(degraded))
        torch.testing.assert_close(found, method.score(images[0], method.prepare(degraded)), rtol=0, atol=error)


@torch.no_grad()
def test_a_checkpoint_carries_it(method: CKDN, images: tuple[Tensor, Tensor], tmp_path: Path) -> None:
    write_checkpoint(method.trained_state(), tmp_path / "made.safetensors", {})
    loaded = load_shipped(weights=str(tmp_path / "made.safetensors"))
    assert loaded.network.restorability is not None
    scores = [one.score(images[0], one.prepare(images[1][:1])) for one in (method, loaded)]
    torch.testing.assert_close(*scores, rtol=0, atol=1e-6)
