"""The study of 8 bits runs, in its smallest form; no figure is looked at."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from baselines.full_reference.dists import Dists
from baselines.full_reference.lpips import Lpips
from benchmarks.speed.data import write_data
from benchmarks.speed.int8.__main__ import FIGURES, main
from benchmarks.speed.int8.backends import OTHERS
from ckdn.method import CKDN
from ckdn.shipped import ShippedCKDN
from iqabench import Method
from iqabench.scoring.int8 import AVAILABLE


@pytest.mark.skipif(not AVAILABLE, reason="this torch has no 8-bit convolutions")
@pytest.mark.parametrize("network", ["lpips", "ckdn"])
def test_back_ends_agree(tmp_path: Path, manifest: Path, network: str) -> None:
    (tmp_path / "photographs").mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    noise.resize((300, 320), Image.Resampling.BICUBIC).save(tmp_path / "photographs/one.png")
    write_data(tmp_path / "photographs", tmp_path / "data", contents=1, suffix="bmp")
    figures = tmp_path / "figures.json"
    options = ["--data", tmp_path / "data", "--more", manifest, "--rounds", "1", "--small", "--figures", figures]
    done = CliRunner().invoke(main, [network, *map(str, options)], catch_exceptions=False)
    found = json.loads(figures.read_text())[network]
    assert found["agreement on more images"]["images"] == 6
    for name, libraries in {"torch": (), **{name: needed for name, (_, needed) in OTHERS.items()}}.items():
        if any(find_spec(library) is None for library in libraries):
            assert f"{name}: not measured, since it is not installed" in done.stderr
            continue
        assert f"| {network} | {name} |" in done.output
        assert found["agreement"][name]["srcc with fp32, pooled"] > 0.9


@pytest.mark.skipif(not AVAILABLE, reason="this torch has no 8-bit convolutions")
def test_pt2e_is_measured_where_it_is_installed(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    words = ["pt2e", "--rounds", "1", "--small", "--figures", str(figures)]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    if find_spec("torchao") is None:
        assert "PT2E: not measured, since it is not installed: torchao" in done.stderr
    else:
        assert set(json.loads(figures.read_text())["pt2e"]["ms"]) == {"PT2E", "fp32", "ours"}


def test_without_data_it_says_how_they_are_made_before_anything_is_measured(tmp_path: Path) -> None:
    before = FIGURES.read_bytes()
    done = CliRunner().invoke(main, ["--small", "--data", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "none: no generated data; make them: python -m benchmarks.speed.data PHOTOGRAPHS" in " ".join(
        done.stderr.split()
    )
    assert FIGURES.read_bytes() == before


@pytest.mark.skipif(not AVAILABLE, reason="this torch has no 8-bit convolutions")
def test_the_smallest_form_keeps_no_figure_unless_told_where() -> None:
    before = FIGURES.read_bytes()
    done = CliRunner().invoke(main, ["layers", "--small"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert FIGURES.read_bytes() == before


@pytest.mark.parametrize("method", [ShippedCKDN, CKDN, Lpips, Dists])
def test_what_users_are_told_is_what_was_measured(method: type[Method]) -> None:
    name = {Lpips: "lpips", Dists: "dists"}.get(method, "ckdn")
    found = json.loads(FIGURES.read_text(encoding="utf-8"))[name]
    moved = found["agreement"]["torch"]["change of srcc with the labels, unseen, within content"]
    nearness = [
        one["srcc with fp32, within content"]
        for one in (found["agreement on more images"], found["agreement"]["torch"])
    ]
    told = [f"{one:.4f}".removeprefix("0") for one in nearness]
    told.append(
        f"moved by {f'{moved:.4f}'.replace('0.', '.', 1)}" if abs(moved) >= 1e-4 else "moved by less than .0001"
    )
    assert [one for one in told if one not in method.int8_nearness] == []
    assert ("weights of ckdn-shipped" in method.int8_nearness) == (method is CKDN)
