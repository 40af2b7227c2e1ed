from __future__ import annotations

from typing import Any

import piq
import pytest
import torch
from torch import Tensor
from torchvision import models

from baselines.full_reference.dists import Dists
from baselines.shared.backbones import empty_features
from iqabench import weights


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """Random VGG16 features and alpha, beta, for ours and for piq's class."""
    generator = torch.Generator().manual_seed(0)
    state = {
        f"features.{name}": torch.randn(value.shape, generator=generator) * (2 / value[0].numel()) ** 0.5
        for name, value in empty_features("vgg").state_dict().items()
    }
    state = {name: value * (0.01 if name.endswith("bias") else 1.0) for name, value in state.items()}
    # Summing to 1, like the published ones: piq takes that for granted.
    drawn = torch.rand(2, 1, 1475, 1, 1, generator=generator)
    own = dict(zip(("alpha", "beta"), drawn / drawn.sum(), strict=True))

    def load(name: str) -> dict[str, Tensor]:
        found = state if name == "vgg16-features" else own
        return {key: value.clone() for key, value in found.items()}

    monkeypatch.setattr(weights, "load", load)
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", lambda url, progress: own)

    def vgg16(*_: Any, **__: Any) -> Any:
        with torch.device("meta"):
            network = models.vgg16(weights=None)
        network.features = network.features.to_empty(device="cpu")
        network.features.load_state_dict({name.removeprefix("features."): value for name, value in state.items()})
        return network

    monkeypatch.setattr("piq.perceptual.vgg16", vgg16)
    return state


@pytest.mark.parametrize("shape", [(64, 80), (97, 65)])
def test_agrees_with_piqs_class(made_up: dict[str, Tensor], shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(3)
    reference = torch.rand(1, 3, *shape, generator=generator)
    restored = (reference + 0.2 * torch.randn(2, 3, *shape, generator=generator)).clamp(0, 1)
    method = Dists()
    with torch.no_grad():
        expected = piq.DISTS(reduction="none")(restored, reference.expand_as(restored))
    torch.testing.assert_close(method.score(restored, method.prepare(reference)), expected, rtol=0, atol=1e-5)


def test_resize_shrinks_only_large_images(made_up: dict[str, Tensor]) -> None:
    images = torch.rand(2, 3, 64, 64)
    plain, resized = Dists(), Dists(resize=True)
    assert torch.equal(
        plain.score(images, plain.prepare(images[:1])), resized.score(images, resized.prepare(images[:1]))
    )
    assert resized.settings["resize"] is True
    large = torch.rand(1, 3, 300, 270)
    assert resized.prepare(large).layers[0].features.shape == (1, 3, 284, 256)
