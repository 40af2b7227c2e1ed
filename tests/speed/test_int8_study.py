"""The study of 8 bits runs, in its smallest form; no figure is looked at."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks.speed.data import write_data
from benchmarks.speed.int8.__main__ import main
from benchmarks.speed.int8.backends import OTHERS
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
