from __future__ import annotations

import sys
from types import ModuleType
from typing import Any
from urllib.error import URLError

import piq
import pytest
import torch
from torch import Tensor

from baselines.zoo import piq as zoo_piq
from baselines.zoo import pyiqa as zoo_pyiqa
from iqabench._util.errors import MethodError, WeightsError
from iqabench.methods.contract import Paradigm


def pair() -> tuple[Tensor, Tensor]:
    reference = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    return torch.cat([reference, 1 - reference]), reference


@pytest.mark.parametrize(("name", "function"), [("ssim", piq.ssim), ("psnr", piq.psnr), ("gmsd", piq.gmsd)])
def test_piq_scores_are_piqs(name: str, function: Any) -> None:
    restored, reference = pair()
    method = zoo_piq.FAMILY.entry(name).create()
    assert method.info.name == f"piq:{name}"
    expected = function(restored, reference.expand_as(restored), reduction="none")
    torch.testing.assert_close(method.score(restored, method.prepare(reference)), expected)
    assert method.info.lower_is_better is (name == "gmsd")


def test_every_piq_name_has_an_entry_and_others_are_refused() -> None:
    for name in zoo_piq.FAMILY.names():
        assert zoo_piq.FAMILY.entry(name).info.name == f"piq:{name}"
    assert zoo_piq.FAMILY.entry("brisque").info.paradigms == (Paradigm.NR,)
    with pytest.raises(MethodError, match=r"'fid'.*gmsd"):
        zoo_piq.FAMILY.entry("fid")


def test_piq_without_its_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    with pytest.raises(WeightsError, match="piq:dists"):
        zoo_piq.FAMILY.entry("dists").create()
    monkeypatch.setattr("piq.brisque.load_url", refuse, raising=False)
    monkeypatch.setattr(sys.modules["piq.brisque"], "load_url", refuse)
    with pytest.raises(WeightsError, match="piq:brisque"):
        zoo_piq.FAMILY.entry("brisque").create()


@pytest.fixture
def pyiqa(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in with pyiqa's interface: the library itself is large and under a non-commercial licence."""
    configurations = {
        "ckdn": {"metric_mode": "FR"},
        "lpips": {"metric_mode": "FR", "lower_better": True},
        "niqe": {"metric_mode": "NR", "lower_better": True},
        "musiq": {"metric_mode": "NR"},
        "afine_all_scale": {"metric_mode": "FR", "lower_better": True},
        "topiq_fr-pipal": {"metric_mode": "FR"},
        "sfid": {"metric_mode": "FR"},
        "fgresq_pair": {"metric_mode": "FR"},
        "fid": {"metric_mode": "NR", "lower_better": True},
    }

    def create_metric(name: str, device: str) -> Any:
        if name == "musiq":
            raise RuntimeError("cannot\n  download")

        class Network(torch.nn.Module):
            def forward(self, image: Tensor, reference: Tensor | None = None) -> Tensor:
                assert len(image) == 1
                if name.startswith("afine"):
                    image.squeeze(0).mul_(2)
                    assert reference is not None
                    reference.squeeze(0).mul_(2)
                return (image if reference is None else image - reference).abs().mean().reshape(1, 1)

        return Network()

    package, table = ModuleType("pyiqa"), ModuleType("pyiqa.default_model_configs")
    package.create_metric = create_metric  # type: ignore[attr-defined]
    table.DEFAULT_CONFIGS = configurations  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyiqa", package)
    monkeypatch.setitem(sys.modules, "pyiqa.default_model_configs", table)
    monkeypatch.setattr(zoo_pyiqa, "find_spec", lambda name: object())


def test_pyiqa_directions_and_paradigms(pyiqa: None) -> None:
    assert zoo_pyiqa.FAMILY.names() == ["afine_all_scale", "ckdn", "lpips", "musiq", "niqe", "topiq_fr-pipal"]
    infos = {name: zoo_pyiqa.FAMILY.entry(name).info for name in zoo_pyiqa.FAMILY.names()}
    assert infos["ckdn"].paradigms == (Paradigm.DR,)
    assert infos["lpips"].paradigms == (Paradigm.DR, Paradigm.FR)
    assert infos["niqe"].paradigms == (Paradigm.NR,)
    assert [infos[name].sign for name in ("ckdn", "lpips", "musiq", "niqe")] == [1, -1, 1, -1]
    assert infos["topiq_fr-pipal"].trained_on == ("PIPAL",)
    assert infos["lpips"].trained_on == ("BAPPS",)
    assert infos["musiq"].trained_on == ()
    with pytest.raises(MethodError, match="'fid'"):
        zoo_pyiqa.FAMILY.entry("fid")


def test_pyiqa_scores_image_by_image(pyiqa: None) -> None:
    restored, reference = pair()
    shown = zoo_pyiqa.FAMILY.entry("lpips").create()
    expected = (restored - reference).abs().mean((1, 2, 3))
    torch.testing.assert_close(shown.score(restored, shown.prepare(reference)), expected)
    blind = zoo_pyiqa.FAMILY.entry("niqe").create()
    torch.testing.assert_close(blind.score(restored, None), restored.mean((1, 2, 3)))
    with pytest.raises(WeightsError, match=r"cannot download\. Score by it once .* copy ~/.cache/torch/hub/pyiqa"):
        zoo_pyiqa.FAMILY.entry("musiq").create()


def test_a_metric_of_pyiqa_that_writes_on_its_images_writes_on_copies(pyiqa: None) -> None:
    """A-FINE normalises both images in place: the next image would be compared with a reference normalised twice."""
    restored, reference = pair()
    before = restored.clone(), reference.clone()
    shown = zoo_pyiqa.FAMILY.entry("afine_all_scale").create()
    assert shown.info.paradigms == (Paradigm.DR, Paradigm.FR)
    scores = shown.score(restored, shown.prepare(reference))
    assert torch.equal(restored, before[0])
    assert torch.equal(reference, before[1])
    torch.testing.assert_close(scores, 2 * (restored - reference).abs().mean((1, 2, 3)))


def test_without_pyiqa_the_message_names_extra_and_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo_pyiqa, "find_spec", lambda name: None)
    assert zoo_pyiqa.FAMILY.names() == []
    with pytest.raises(MethodError, match=r"not installed: .*zoo.*Noncommercial"):
        zoo_pyiqa.FAMILY.entry("niqe")
