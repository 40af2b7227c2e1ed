"""Trained methods through the runner: trained once, found again, never mixed up, resumed after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from forking import begin
from inprocess import run_here
from manifests import Command, write_manifest

PLUGIN = Path(__file__).parent / "plugins" / "tiny_network.py"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    folder = tmp_path / "dataset"
    folder.mkdir()
    manifest = write_manifest(folder, contents=8, algorithms=8)
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\nlabel_kind = 'pseudo'\n")
    return [
        *(
            "run",
            "--methods",
            "tiny-network",
            "--plugin",
            str(PLUGIN),
            "--dataset",
            "manifest",
            "--root",
            str(manifest),
        ),
        *("--no-anchors", "--format", "json", "--results"),
    ]


def _rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _models(results: Path) -> list[Path]:
    return sorted(results.glob("trained/*/*/model.safetensors"))


def test_trained_once_and_anew_for_another_seed(iqabench: Command, words: list[str], tmp_path: Path) -> None:
    results = tmp_path / "r"
    (first,) = _rows(iqabench(*words, results))
    assert first["recipe"] == "tiny"
    assert first["selection"] == "last"
    assert first["labels"] == "pseudo"
    stamp = _models(results)[0].stat().st_mtime_ns
    again = iqabench(*words, results)
    assert "0 runs computed, 1 already there" in again.stderr
    assert _models(results)[0].stat().st_mtime_ns == stamp
    (other,) = _rows(iqabench(*words, results, "--seed", 1))
    assert len(_models(results)) == 2
    assert other["run_id"] != first["run_id"]


def test_best_epoch_is_a_row_of_its_own(iqabench: Command, words: list[str], tmp_path: Path) -> None:
    rows = _rows(iqabench(*words, tmp_path / "r", "--best"))
    assert sorted(row["selection"] for row in rows) == ["best", "last"]
    last, best = sorted(rows, key=lambda row: row["selection"] == "best")
    assert best["srcc"] >= last["srcc"]


def test_no_best_epoch_is_said_and_trains_nothing_twice(tmp_path: Path) -> None:
    """One image of each content is scored, so that no epoch has an SRCC within contents."""
    manifest = write_manifest(tmp_path, contents=8, algorithms=3)
    words = ("run", "--methods", "tiny-network,algorithm-mean", "--plugin", PLUGIN, "--dataset", "manifest")
    parts = {"content": ["train"] * 6 + ["validate"] * 2, "algorithm": ["train", "train", "validate"]}
    for kind, drawn in parts.items():
        lines = [f"{kind[0]}{number},{part}\n" for number, part in enumerate(drawn)]
        (tmp_path / f"{kind}s.csv").write_text(f"{kind},part\n{''.join(lines)}")
    line = (*words, "--root", manifest, "--split", tmp_path, "--no-anchors", "--best", "--results", tmp_path / "r")
    done = run_here(*line)
    assert done.returncode == 0, done.stderr
    for name in ("tiny-network", "algorithm-mean"):
        assert f"note: {name}: no epoch is the best" in " ".join(done.stderr.split())
    stamps = [path.stat().st_mtime_ns for path in _models(tmp_path / "r")]
    again = run_here(*line)
    assert again.returncode == 0, again.stderr
    assert "0 runs computed, 2 already there" in again.stderr
    assert [path.stat().st_mtime_ns for path in _models(tmp_path / "r")] == stamps


def test_killed_training_continues_to_the_same_weights(iqabench: Command, words: list[str], tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    longer = ["--set", "tiny-network.epochs=60"]
    process = begin(*words, killed, *longer)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(killed.glob("trained/*/*/checkpoint/*")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not _models(killed)
    assert iqabench(*words, killed, *longer).returncode == 0
    assert iqabench(*words, whole, *longer).returncode == 0
    assert _models(killed)[0].read_bytes() == _models(whole)[0].read_bytes()
    scores = [next(folder.rglob("scores.csv")).read_bytes() for folder in (killed, whole)]
    assert scores[0] == scores[1]


def test_a_method_that_cannot_be_trained_here_says_why(iqabench: Command, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    manifest = write_manifest(folder, contents=8, algorithms=8)
    lines = [line.split(",") for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join(",".join([*cells[:2], *cells[3:]]) for cells in lines) + "\n")
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\n")
    done = iqabench(
        "run", "--methods", "ckdn", "--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r"
    )
    assert done.returncode == 2
    assert "pristine" in done.stderr
    assert "ckdn" in done.stderr
    assert "psnr" in done.stdout
