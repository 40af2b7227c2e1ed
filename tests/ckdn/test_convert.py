"""The converter on a made checkpoint with the released names."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ckdn.architecture import Architecture
from ckdn.convert import convert, main
from ckdn.method import CKDN
from ckdn.model import Network
from ckdn.released import ReleasedCKDN
from iqabench._util.errors import WeightsError
from iqabench.weights.convert import read_tensors

RELEASED = {
    "qse.stem.": "qse_1.",
    "qse.blocks.": "qse_2.",
    "dte.stem.": "dte_1.",
    "dte.blocks.": "dte_2.",
    "csp.": "csp.",
    "pretraining_csp.": "aux_csp.",
    "head.layers.": "fc_.",
    "pretraining_head.layers.": "fc1_.",
}


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    return Network(Architecture(difference="released")).eval()


@pytest.fixture
def state(network: Network) -> dict[str, Tensor]:
    made = {}
    for name, tensor in network.state_dict().items():
        ours = next(prefix for prefix in RELEASED if name.startswith(prefix))
        made["module." + RELEASED[ours] + name.removeprefix(ours)] = tensor
    return made


def test_a_converted_checkpoint_scores_as_the_original(
    tmp_path: Path, network: Network, state: dict[str, Tensor]
) -> None:
    torch.save({"epoch": 29, "state_dict": state, "arch": "resnet50"}, tmp_path / "model.pth.tar")
    assert main([str(tmp_path / "model.pth.tar"), str(tmp_path / "ckdn.safetensors")]) == 0
    released = ReleasedCKDN(weights=str(tmp_path / "ckdn.safetensors"))
    method = CKDN(recipe="released", start="random")
    restored, reference = torch.rand(1, 3, 288, 288), torch.rand(1, 3, 288, 288)
    with torch.no_grad():
        seen = method.view(restored, "restored"), method.view(reference, "degraded")
        expected = network.head(network.csp(network.qse(seen[0]) - network.dte(seen[1])))
        torch.testing.assert_close(released.score(restored, released.prepare(reference)), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("module.fc1_.0.bias"), "lacks pretraining_head.layers.0.bias"),
        (lambda s: s.update({"module.qse_3.weight": torch.zeros(1)}), "unknown tensor module.qse_3.weight"),
        (lambda s: s.update({"module.csp.9.weight": torch.zeros(1)}), "has the unknown csp.9.weight"),
        (lambda s: s.update({"module.qse_1.weight": torch.zeros(64, 3, 3, 3)}), r"has shape \(64, 3, 3, 3\)"),
    ],
)
def test_a_missing_surplus_or_misshapen_tensor_is_refused(
    tmp_path: Path, state: dict[str, Tensor], change: object, message: str
) -> None:
    change(state)  # type: ignore[operator]
    torch.save({"state_dict": state}, tmp_path / "model.pth")
    with pytest.raises(WeightsError, match=message):
        convert(tmp_path / "model.pth", tmp_path / "ckdn.safetensors")
    assert not (tmp_path / "ckdn.safetensors").exists()


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    with pytest.raises(WeightsError, match="no such file"):
        convert(path, tmp_path / "x")
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="is refused"):
        convert(path, tmp_path / "x")
    torch.save({"weights": 1}, path)
    with pytest.raises(WeightsError, match="no released CKDN checkpoint"):
        convert(path, tmp_path / "x")
    torch.save({"state_dict": {}, "code": Path("x")}, path)
    with pytest.raises(WeightsError, match="is refused"):
        convert(path, tmp_path / "x")


@pytest.mark.parametrize("zipped", [True, False])
def test_arguments_of_the_training_script_are_read_over(tmp_path: Path, state: dict[str, Tensor], zipped: bool) -> None:
    arguments = Namespace(lr=0.16, opt="sgd", amp=False, sizes=(288, 329), nested=Namespace(a={"b": [1, None]}))
    torch.save({"state_dict": state, "args": arguments}, tmp_path / "model.pth", _use_new_zipfile_serialization=zipped)
    converted = convert(tmp_path / "model.pth", tmp_path / "ckdn.safetensors")
    assert torch.equal(converted["network.qse.stem.weight"], state["module.qse_1.weight"])


class Other:
    """A class that no reader knows."""


@pytest.mark.parametrize("content", [Path("x"), print, Other, Namespace(inner=Path("x")), ArgumentTypeError("x")])
def test_arguments_that_hold_more_than_plain_values_are_refused(tmp_path: Path, content: object) -> None:
    torch.save({"state_dict": {}, "args": Namespace(value=content)}, tmp_path / "model.pth")
    with pytest.raises(WeightsError, match="is refused"):
        convert(tmp_path / "model.pth", tmp_path / "x")


def test_only_checkpoints_may_hold_arguments(tmp_path: Path) -> None:
    torch.save({"a": Namespace(b=1)}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match="is refused"):
        read_tensors((tmp_path / "weights.pth").read_bytes(), "weights.pth")


def test_the_command_names_its_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert main([str(tmp_path / "none"), str(tmp_path / "x")]) == 2
    assert "no such file" in capsys.readouterr().err
