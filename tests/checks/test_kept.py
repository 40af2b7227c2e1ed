"""Figures of the ladder and the control that were saved, as columns of the leaderboard, by the real command."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifests import Command

PLUGIN = '''
from iqabench import method


@method("detail", paradigms="DR")
def detail(restored, reference):
    """What was added to the degraded image."""
    return (restored - reference).abs().mean((1, 2, 3))
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    return path


def test_saved_checks_are_columns_of_the_leaderboard(
    iqabench: Command, manifest: Path, plugin: Path, tmp_path: Path
) -> None:
    runs = ("--results", str(tmp_path / "runs"))
    data, mine = ("--dataset", "manifest", "--root", str(manifest)), ("--plugin", str(plugin))
    assert iqabench("run", "--methods", "detail", *mine, *data, *runs).returncode == 0
    asked = ("table", *runs, "--columns", "method,srcc,ladder,control")
    before = iqabench(*asked)
    assert before.returncode == 0, before.stderr
    assert "none is saved: iqabench check --ladder METHOD --save" in " ".join(before.stdout.split())
    controlled = iqabench("check", "--control", "detail,ssim", *mine, *data, *runs, "--save")
    assert controlled.returncode == 0, controlled.stderr
    assert "control.csv" in controlled.stderr
    sides = ("--contents", "2", "--size", "64", "--save")
    assert iqabench("check", "--ladder", "ssim", *sides, *runs).returncode == 0
    # Of other settings: its figure stands beside no run of these.
    other = ("--set", "ssim.downsample=false")
    assert iqabench("check", "--ladder", "ssim", *sides, *runs, *other).returncode == 0
    after = iqabench(*asked)
    assert after.returncode == 0, after.stderr
    told = " ".join(after.stdout.split())
    assert "Ladder: share of pairs in which the stronger fault scores worse (on 2 contents of 64 pixels" in told
    assert "No better than NR, by the wrong-reference control on these labels: detail" in told
    rows = {line.split()[0]: line for line in after.stdout.splitlines() if line.strip()[:4] in ("deta", "ssim", "psnr")}
    assert rows["psnr"].count("[") == 1  # of the SRCC alone
    assert rows["ssim"].count("[") == 3
    assert rows["detail"].count("[") == 2
    assert iqabench("verify", str(tmp_path / "runs"), "--sample", "0").returncode == 0
    (tmp_path / "runs" / "checks" / "control.csv").write_text("method\nx\n")
    spoiled = iqabench(*asked)
    assert spoiled.returncode == 2
    assert "control.csv: cannot be read as figures" in " ".join(spoiled.stderr.split())
