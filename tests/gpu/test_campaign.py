"""The campaign keeps its time, and an error costs one part; the whole of it runs on a CPU in its smallest form."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from forked_program import interpreter, module

from benchmarks.gpu import campaign as campaigns
from benchmarks.gpu.__main__ import main
from benchmarks.gpu.campaign import GpuCampaign
from benchmarks.gpu.parts import PARTS, Part
from benchmarks.gpu.table import render, wrong
from benchmarks.speed.__main__ import rows
from benchmarks.speed.harness import SpeedSetting
from iqabench.methods.registry import Registry

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests" / "support"


def part(name: str, seconds: float = 60, **more: Any) -> Part:
    return Part(name, name, f"campaigning:{name.partition(' ')[0]}", seconds, **more)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))
    return []


def begun(out: Path, said: list[str], *parts: Part, minutes: float = 9, device: str = "cpu") -> dict[str, Any]:
    one = GpuCampaign(SpeedSetting(out, device), out, minutes, said.append)
    one.run(parts)
    assert json.loads((out / campaigns.FIGURES).read_text(encoding="utf-8")) == one.figures
    return one.figures["parts"]


def test_an_error_costs_one_part(tmp_path: Path, said: list[str]) -> None:
    found = begun(
        tmp_path,
        said,
        part("quick"),
        part("failing"),
        part("quick again", needs=("failing",), uses=("quick", "dying")),
        part("dying"),
        part("quick last", needs=("dying",)),
    )
    assert [one["status"] for one in found.values()] == ["done", "failed", "done", "failed", "skipped"]
    assert found["failing"]["figures"] == {"begun": True}
    assert "illegal memory access" in found["failing"]["why"]
    assert found["dying"]["why"] == "its process ended with 139: Segmentation fault"
    assert found["quick last"]["why"] == "it needs the part 'dying', which gave no figures"
    known = found["quick again"]["figures"]["known"]
    assert known == {"failing": {"begun": True}, "quick": found["quick"]["figures"]}
    assert found["quick again"]["figures"]["process"] != found["quick"]["figures"]["process"]


def test_parts_share_a_process_unless_they_spoil_it(tmp_path: Path, said: list[str]) -> None:
    parts = (part("quick a"), part("quick b"), part("quick c", alone=True), part("quick d"))
    there = [one["figures"]["process"] for one in begun(tmp_path, said, *parts, device="cuda").values()]
    assert there[0] == there[1]
    assert len(set(there)) == 3


def test_time_over_ends_a_part_with_all_that_it_started_and_skips_the_next(tmp_path: Path, said: list[str]) -> None:
    found = begun(tmp_path, said, part("quick"), part("late", 6), part("quick after"), minutes=0.25)
    assert [one["status"] for one in found.values()] == ["done", "cut off", "skipped"]
    assert found["late"]["why"] == "its 6 s are over"
    assert found["late"]["seconds"] < 9
    assert said[-1].endswith("skipped, the 0.25 minutes are over")
    child = Path(f"/proc/{found['late']['figures']['child']}/stat")
    for _ in range(50):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("what the part had started still runs")


def test_without_a_device_there_is_no_campaign(tmp_path: Path, said: list[str]) -> None:
    one = GpuCampaign(SpeedSetting(tmp_path), tmp_path, 9, said.append)
    with pytest.raises(campaigns.UserError, match="not usable here"):
        one.run([part("unusable"), part("quick")])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--device", "cpu"], "add --small"),
        (["--parts", "nonsense"], "no part 'nonsense'; there are: device, scores"),
        (["--device", "cuda:99", "--parts", "device"], "--device cuda:99: not usable here"),
    ],
)
def test_bad_input_is_told_in_one_message(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(interpreter(tmp_path / "bin")))
    done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


@pytest.mark.timeout(900)
def test_all_of_it_runs_small_on_a_cpu(tmp_path: Path) -> None:
    words = ("benchmarks.gpu", "--device", "cpu", "--small", "--minutes", "14", "--out", tmp_path / "out")
    environment = {**os.environ, "COLUMNS": "80"}
    done = module(interpreter(tmp_path / "bin"), *words, timeout=880, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "out/figures.json").read_text(encoding="utf-8"))
    parts = found["parts"]
    assert {name: one["status"] for name, one in parts.items()} == {one.name: "done" for one in PARTS}
    scores = parts["scores"]["figures"]
    assert set(scores) == {entry.info.name for entry in Registry().entries()}
    assert scores["psnr"]["fp32, TF32 on"]["holds"] is True
    assert scores["algorithm-mean"] == {"skipped": "it looks at no image"}
    again = parts["training-again"]["figures"]
    low = parts["device"]["figures"]["low precision"]
    assert {name: one["resumed the same"] for name, one in again.items()} == {f"ckdn, {low}": True, "nima, fp32": True}
    assert "ms" in parts["forms"]["figures"]["training step: torch.compile"]
    assert parts["training"]["figures"]["training"]["epochs"] == 2
    assert 0 <= parts["idle"]["figures"]["scoring from the decoded cache"]["idle"] < 1
    assert set(parts["rows"]["figures"]) == set(rows())
    assert not [name for name, one in parts["rows"]["figures"].items() if "failed" in one]
    table = (tmp_path / "out/table.md").read_text(encoding="utf-8")
    assert table == render(found)
    assert table in done.stdout
    assert "**Small, on a CPU: no figure of speed.**" in table
    assert wrong(found) == []
