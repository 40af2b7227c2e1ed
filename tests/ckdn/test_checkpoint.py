"""Weights as a file of the package: half the size, the same scores, and a start for training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ckdn.architecture import Architecture
from ckdn.checkpoint import write_checkpoint
from ckdn.method import CKDN
from ckdn.model import Network
from ckdn.shipped import load_shipped
from ckdn.start import start_from_shipped
from iqabench._util.errors import MethodError, WeightsError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CKDN]:
    """A file as the package has it, of random weights that half precision holds exactly."""
    torch.manual_seed(5)
    method = CKDN(recipe="quick", start="random")
    for parameter in method.parameters():
        parameter.data = parameter.data.half().float()
    path = tmp_path_factory.mktemp("weights") / "made.safetensors"
    write_checkpoint(method.trained_state(), path, {"note": "labels: made up"})
    return path, method


def test_loaded_weights_score_as_those_that_were_stored(made: tuple[Path, CKDN]) -> None:
    path, method = made
    loaded = load_shipped(weights=str(path))
    image, degraded = torch.rand(2, 3, 40, 52), torch.rand(1, 3, 40, 52)
    with torch.no_grad():
        assert torch.equal(
            loaded.score(image, loaded.prepare(degraded)), method.eval().score(image, method.prepare(degraded))
        )
    assert loaded.notes == ["labels: made up"]
    assert len(loaded.weights_used["ckdn-shipped"]) == 64
    assert path.stat().st_size < 16 * 2**20


def test_a_missing_damaged_or_other_file_is_named(tmp_path: Path, made: tuple[Path, CKDN]) -> None:
    with pytest.raises(WeightsError, match=r"none\.safetensors: cannot be read"):
        load_shipped(weights=str(tmp_path / "none.safetensors"))
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(made[0].read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors: cannot be read"):
        load_shipped(weights=str(cut))
    other = tmp_path / "other.safetensors"
    state = made[1].trained_state()
    del state["network.csp.0.conv1.weight"]
    write_checkpoint(state, other, {})
    with pytest.raises(WeightsError, match=r"not the weights of CKDN .*lacks network\.csp\.0\.conv1\.weight"):
        load_shipped(weights=str(other))


@pytest.mark.parametrize(
    "architecture",
    [Architecture(), Architecture(shared=True), Architecture(reference=False), Architecture(teacher=True)],
)
def test_training_starts_from_the_file(made: tuple[Path, CKDN], architecture: Architecture) -> None:
    source = made[1].network
    network = Network(architecture)
    drawn = network.pretraining_head.layers[0].weight.clone()
    start_from_shipped(network, made[0])
    pairs = [(network.qse, source.qse), (network.csp, source.csp), (network.head, source.head)]
    pairs.append((network.pretraining_csp, source.csp))
    if architecture.reference and not architecture.shared:
        pairs.append((network.dte, source.dte))
    if architecture.teacher:
        pairs += [(network.teacher.dte, source.dte), (network.teacher.head, source.head)]
    for mine, theirs in pairs:
        assert all(torch.equal(a, b) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))
    assert torch.equal(network.pretraining_head.layers[0].weight, drawn)


def test_the_start_is_part_of_what_names_a_model() -> None:
    method = CKDN(recipe="quick", start="shipped")
    assert method.start == "shipped"
    assert method.settings["start"] == "shipped"
    assert method.starting_weights() == load_shipped().weights_used
    assert CKDN(recipe="quick", start="random").starting_weights() == {}
    with pytest.raises(MethodError, match="not for vgg blocks"):
        CKDN(variant="ckdn-vgg", recipe="quick", start="shipped")
