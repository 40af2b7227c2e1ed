"""Where training starts from."""

from __future__ import annotations

import os

import pytest
import torch
from torch import Tensor, nn

import ckdn.start
from ckdn.architecture import Architecture
from ckdn.model import Network
from ckdn.start import resolve_start, start_from_imagenet, start_randomly
from iqabench.weights import Origin


def made_state() -> dict[str, Tensor]:
    """Tensors with the names and shapes of an ImageNet ResNet-50, without batch norm's counters."""
    generator = torch.Generator().manual_seed(0)
    network = Network(Architecture())
    state = {"conv1.weight": torch.rand(64, 3, 7, 7, generator=generator)}
    for prefix, module in (("layer1.", network.qse.blocks), ("layer2.", network.csp)):
        for name, tensor in module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                state[prefix + name] = torch.rand(tensor.shape, generator=generator)
    for name in ("weight", "bias", "running_mean", "running_var"):
        state[f"bn1.{name}"] = torch.rand(64, generator=generator) * 100
    return state


@pytest.mark.parametrize("variant", ["torchvision", "keras"])
def test_imagenet_weights_reach_every_embedding_and_csp(monkeypatch: pytest.MonkeyPatch, variant: str) -> None:
    state = made_state()
    monkeypatch.setattr(ckdn.start.weights, "load_with_origin", lambda name: (state, Origin(variant, "", "")))
    network = Network(Architecture(teacher=True))
    start_from_imagenet(network)
    scale = state["bn1.weight"] / torch.sqrt(state["bn1.running_var"] + 1e-3) if variant == "keras" else torch.ones(64)
    for embedding in (network.qse, network.dte, network.teacher.qse, network.teacher.dte):
        torch.testing.assert_close(embedding.stem.weight, state["conv1.weight"] * scale[:, None, None, None])
        assert torch.equal(embedding.blocks[1].conv2.weight, state["layer1.1.conv2.weight"])
    for csp in (network.csp, network.pretraining_csp, network.teacher.csp):
        assert torch.equal(csp[3].conv1.weight, state["layer2.3.conv1.weight"])
        # Batch norm divides by the same number, whichever epsilon the weights were trained with.
        eps = 1e-3 if variant == "keras" else 1e-5
        torch.testing.assert_close(csp[0].bn1.running_var + csp[0].bn1.eps, state["layer2.0.bn1.running_var"] + eps)


def test_vgg_weights_fill_the_stages_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(Architecture(blocks="vgg"))
    modules = (network.qse.stem, network.qse.blocks, network.csp)
    convolutions = [layer for part in modules for layer in part.modules() if isinstance(layer, nn.Conv2d)]
    indices = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)
    state = {}
    for index, layer in zip(indices, convolutions, strict=True):
        state[f"features.{index}.weight"] = torch.full(layer.weight.shape, float(index))
        state[f"features.{index}.bias"] = torch.full((layer.out_channels,), float(index))
    monkeypatch.setattr(ckdn.start.weights, "load_with_origin", lambda name: (state, Origin("torchvision", "", "")))
    start_from_imagenet(network)
    assert [layer.bias[0].item() for layer in convolutions if layer.bias is not None] == list(indices)


def test_start_is_resolved_by_what_is_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ckdn.start, "locate", lambda name: None)
    start, note = resolve_start("auto", "residual")
    assert start == "random"
    assert note == "trained from a random start: the ImageNet weights resnet50-stem-layer2 are not on this machine"
    monkeypatch.setattr(ckdn.start, "locate", lambda name: "somewhere")
    assert resolve_start("auto", "residual") == ("imagenet", None)
    assert resolve_start("random", "residual") == ("random", "trained from a random start: as asked")


def test_a_random_start_keeps_the_scale_of_activations() -> None:
    torch.manual_seed(0)
    network = Network(Architecture())
    start_randomly(network)
    assert network.qse.stem.weight.std().item() == pytest.approx((2 / (64 * 49)) ** 0.5, rel=0.05)


@pytest.mark.skipif("IQABENCH_WEIGHTS" not in os.environ, reason="needs IQABENCH_WEIGHTS with the ImageNet weights")
def test_the_real_start_gives_embeddings_of_moderate_size() -> None:
    network = Network(Architecture()).eval()
    start_from_imagenet(network)
    with torch.no_grad():
        embedded = network.qse(torch.randn(1, 3, 96, 96))
    assert 0.05 < embedded.std().item() < 5
