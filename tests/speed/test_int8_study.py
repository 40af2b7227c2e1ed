"""The study of 8 bits runs, in its smallest form; no figure is looked at."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks.speed.data import write_data
from benchmarks.speed.int8.__main__ import main
from iqabench.scoring.int8 import AVAILABLE


@pytest.mark.skipif(not AVAILABLE, reason="this torch has no 8-bit convolutions")
def test_three_back_ends_agree(tmp_path: Path) -> None:
    for library in ("onnx", "onnxruntime", "openvino"):
        pytest.importorskip(library)
    (tmp_path / "photographs").mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    noise.resize((300, 320), Image.Resampling.BICUBIC).save(tmp_path / "photographs/one.png")
    write_data(tmp_path / "photographs", tmp_path / "data", contents=1, suffix="bmp")
    figures = tmp_path / "figures.json"
    command = ["lpips", "--data", str(tmp_path / "data"), "--rounds", "1", "--small", "--figures", str(figures)]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert "| lpips | OpenVINO |" in done.output
    found = json.loads(figures.read_text())["lpips"]
    assert set(found["times fp32"]) == {"torch", "ONNX Runtime", "OpenVINO"}
    assert all(one["srcc with fp32, pooled"] > 0.9 for one in found["agreement"].values())
