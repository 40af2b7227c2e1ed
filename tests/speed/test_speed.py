"""The speed benchmarks run, in their smallest form; no figure is looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from forked_program import interpreter
from PIL import Image

from benchmarks.speed import __main__ as speed
from benchmarks.speed import commands, profiled, roofline, table
from benchmarks.speed.data import VARIANTS, write_data
from benchmarks.speed.harness import Contender, Lap, SpeedRow, SpeedSetting, Target, largest_difference, measure
from iqabench.data.open import open_dataset

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("speed")
    (folder / "photographs").mkdir()
    draw = np.random.default_rng(0)
    noise = Image.fromarray(draw.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    noise.resize((300, 320), Image.Resampling.BICUBIC).save(folder / "photographs/one.png")
    write_data(folder / "photographs", folder / "data", contents=1, suffix="bmp")
    return folder / "data"


@pytest.fixture
def quickly(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes begin in milliseconds."""
    monkeypatch.setattr(sys, "executable", str(interpreter(tmp_path_factory.mktemp("bin"))))


def test_data_has_the_shape_of_pipal(data: Path) -> None:
    frame = open_dataset("pipal", data).frame
    assert len(frame) == sum(VARIANTS.values()) - VARIANTS["06"] == 89
    assert len(list((data / "Train_Dist").iterdir())) == 116
    assert Image.open(frame["image"][0]).size == (288, 288)
    assert frame["degraded"].map(lambda path: Path(path).read_bytes()).nunique() == 10


def contender(name: str, score: float, seconds: float, **more: tuple[str, ...]) -> Contender:
    return Contender(
        name, "steadily:steady", {"score": score, "seconds": seconds}, {"PYTHONPATH": str(SUPPORT)}, **more
    )


def test_ratios_are_taken_within_a_round_and_outputs_compared() -> None:
    ours, theirs = contender("ours", 0.5, 0.1), contender("theirs", 0.51, 0.4)
    missing = contender("missing", 0.0, 1.0, needs=("no_such_module",))
    targets = (Target("ours", "theirs", 3, 0.02), Target("ours", "theirs", 3, 0.001), Target("ours", "missing", 1))
    row = SpeedRow("row", "work", (ours, theirs, missing), (*targets, Target("ours", "theirs", 5)))
    found = measure(row, SpeedSetting(Path()), rounds=3)
    near, far, absent, slow = found["targets"]
    assert near["measured"]["median"] == pytest.approx(4)
    assert near["difference"] == pytest.approx(0.01)
    assert (near["met"], far["met"], absent["met"], slow["met"]) == (True, False, None, False)
    assert found["contenders"]["ours"]["median"] == pytest.approx(20)
    assert "no_such_module" in found["contenders"]["missing"]


def test_targets_of_another_device_are_not_judged() -> None:
    row = SpeedRow("row", "work", (contender("ours", 0.5, 0.1),), (Target("ours", "ours", 1),), device="cuda")
    assert measure(row, SpeedSetting(Path()), rounds=1)["targets"][0]["met"] is None


def test_outputs_of_other_images_are_an_error() -> None:
    with pytest.raises(KeyError, match="different images"):
        largest_difference({"a": 1.0}, {"b": 1.0})


@pytest.mark.usefixtures("quickly")
def test_rows_run_and_are_rendered(data: Path, tmp_path: Path) -> None:
    words = ["run", "psnr", "--small", "--rounds", "1", "--data", str(data), "--figures", str(tmp_path / "here")]
    done = CliRunner().invoke(speed.main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "here" / "psnr.json").read_text(encoding="utf-8"))["small"] is True
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.write(readme, tmp_path, list(speed.rows()))
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| **PSNR scoring from PNG pairs** | iqabench |" in text
    assert "Rows not measured here:" in text


@pytest.mark.slow
def test_whole_commands_run(data: Path) -> None:
    setting = SpeedSetting(data, small=True)
    assert commands.several_methods(setting, ["psnr", "psnr-y"])().count == commands.SMALL_ROWS
    assert commands.command(setting, ["--version"])().count == 1
    first = commands.first_score(setting, ["run", "--methods", "psnr", "--no-anchors"])()
    assert first.seconds is not None
    assert first.seconds > 0


@pytest.mark.usefixtures("quickly")
def test_a_manifest_may_be_longer_than_the_data(data: Path) -> None:
    setting, known = SpeedSetting(data), len(open_dataset("pipal", data).frame)
    assert commands.several_methods(setting, ["psnr"], images=known + 3)() == Lap(known + 3)
    assert not list(data.glob("tmp*"))


def test_roofline_names_every_roof(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roofline, "SIDE", 32)
    monkeypatch.setattr(roofline, "COPIED", 4096)
    monkeypatch.setattr(roofline, "FILES", 2)
    found = roofline.roofline(data, "cpu", repeats=2)
    assert list(found)[:3] == ["fp32 GFLOP/s", "bf16 GFLOP/s", "copy GB/s"]
    assert all(0 < one["worst"] <= one["median"] <= one["best"] for one in found.values())
    assert "BMP images/s, 2 threads" in found


def test_profile_tells_parts_apart(data: Path) -> None:
    words = ["profile", "lpips", "--small", "--repeats", "1", "--data", str(data)]
    done = CliRunner().invoke(speed.main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    parts = {line.split(" | ")[0].removeprefix("| "): line for line in done.output.splitlines()[2:]}
    assert {"decoding", "max-pool", profiled.REST, "**all**"} < set(parts)
    first = next(line for part, line in parts.items() if part.startswith("convolution 11x11, 3 to 64 at 288, stride 4"))
    assert float(first.split(" | ")[3]) > 0


def test_unknown_row_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(speed.main, ["run", "nonsense", "--figures", str(tmp_path)])
    assert done.exit_code == 2
    assert "nonsense" in done.output
