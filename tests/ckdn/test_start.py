"""Where training starts from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import ckdn.start
from ckdn.architecture import Architecture
from ckdn.checkpoint import read_checkpoint
from ckdn.model import Network
from ckdn.start import resolve_start, start_from_imagenet, start_from_package, start_randomly
from ckdn.trunk import TRUNK, write_trunk
from iqabench import create_method
from iqabench._util.errors import MethodError
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
    assert resolve_start("auto", "residual") == ("packaged", None)
    start, note = resolve_start("auto", "vgg")
    assert start == "random"
    assert note == "trained from a random start: the ImageNet weights vgg16-features are not on this machine"
    monkeypatch.setattr(ckdn.start, "locate", lambda name: "somewhere")
    assert resolve_start("auto", "residual") == ("imagenet", None)
    assert resolve_start("packaged", "residual") == ("packaged", None)
    assert resolve_start("random", "residual") == ("random", "trained from a random start: as asked")


def test_no_weights_of_the_package_fit_other_blocks() -> None:
    for start in ("packaged", "shipped"):
        with pytest.raises(MethodError, match=f"start={start}: the weights of this package are for residual blocks"):
            resolve_start(start, "vgg")


def test_the_package_s_own_start_needs_no_folder_of_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("IQABENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("ckdn", "ckdn-nr", "ckdn-fr"):
        method = create_method(name)
        assert method.start == method.settings["start"] == "packaged"
        assert method.notes == []
        assert list(method.starting_weights()) == ["ckdn-imagenet-trunk"]
    network = Network(Architecture(teacher=True))
    start_from_package(network)
    for embedding in (network.dte, network.teacher.qse, network.teacher.dte):
        assert torch.equal(embedding.blocks[1].conv2.weight, network.qse.blocks[1].conv2.weight)
    for csp in (network.pretraining_csp, network.teacher.csp):
        assert torch.equal(csp[3].conv1.weight, network.csp[3].conv1.weight)


@pytest.mark.skipif("IQABENCH_WEIGHTS" not in os.environ, reason="needs IQABENCH_WEIGHTS with the ImageNet weights")
def test_the_package_s_own_start_is_imagenet_s_in_half_precision(tmp_path: Path) -> None:
    write_trunk(tmp_path / "trunk.safetensors")
    # Tensors and facts, not bytes: safetensors writes the facts in any order.
    (made, facts), (kept, told) = (read_checkpoint(path) for path in (tmp_path / "trunk.safetensors", TRUNK))
    assert facts == told
    assert made.keys() == kept.keys()
    assert all(torch.equal(made[name], kept[name]) for name in kept)
    whole, half = Network(Architecture()), Network(Architecture())
    start_from_imagenet(whole)
    start_from_package(half)
    assert torch.equal(half.qse.stem.weight, whole.qse.stem.weight.half().float())


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
