"""The real ``iqabench run``: from files to a leaderboard, again and again, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from forking import begin
from inprocess import run_here
from manifests import Command

PLUGINS = Path(__file__).parents[1] / "plugins"
COLUMNS = {
    *("dataset", "split", "labels", "method", "version", "paradigm", "reference", "n", "coverage"),
    *("srcc", "srcc_low", "srcc_high", "plcc", "krcc", "srcc_pooled", "plcc_pooled", "plcc_logistic", "rmse"),
    *("pair_accuracy", "vote_agreement", "vote_ceiling", "params", "ms_per_image"),
}


def _scores(results: Path) -> dict[str, bytes]:
    return {str(path.relative_to(results)): path.read_bytes() for path in sorted(results.rglob("scores.csv"))}


def _values(results: Path) -> dict[tuple[str, str], float]:
    found = {}
    for path in results.rglob("scores.csv"):
        method = path.parts[-4]
        for line in path.read_text().splitlines()[1:]:
            name, score, _ = line.split(",", 2)
            found[method, name] = float(score)
    return found


def _rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_leaderboard_has_every_column_and_runs_are_found_again(
    iqabench: Command, manifest: Path, tmp_path: Path
) -> None:
    words = ("run", "--methods", "psnr,ssim", "--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r")
    rows = _rows(iqabench(*words, "--format", "json"))
    assert {row["method"] for row in rows} == {"psnr", "ssim"}
    for row in rows:
        assert set(row) >= COLUMNS
        assert row["coverage"] == 1.0
        assert row["paradigm"] == "DR"
        assert row["vote_agreement"] is None
        assert -1 <= row["srcc_low"] <= row["srcc"] <= row["srcc_high"] <= 1
    before = _scores(tmp_path / "r")
    again = iqabench(*words)
    assert "0 runs computed, 2 already there" in again.stderr
    assert _scores(tmp_path / "r") == before
    assert "psnr" in again.stdout


def test_scores_do_not_depend_on_batch_size_or_workers(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    found = []
    for batch, workers in ((1, 1), (4, 2), (7, 3)):
        results = tmp_path / f"r{batch}"
        words = ("run", "--methods", "psnr,ssim", "--dataset", "manifest", "--root", manifest, "--results", results)
        done = iqabench(*words, "--batch-size", batch, "--workers", workers)
        assert done.returncode == 0, done.stderr
        found.append(_values(results))
    for other in found[1:]:
        assert other.keys() == found[0].keys()
        assert max(abs(other[key] - found[0][key]) for key in other) < 1e-5


def test_killed_run_continues_to_the_same_bytes(
    iqabench: Command, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = tmp_path / "slow.py"
    plugin.write_text(
        "import os, time\nfrom iqabench import method\n"
        "@method('slow', lower_is_better=True)\n"
        "def slow(restored, reference):\n"
        "    time.sleep(float(os.environ.get('SECONDS_OF_A_BATCH', 0)))\n"
        "    return (restored - reference).abs().mean((1, 2, 3))\n"
    )
    words = ["run", "--methods", "slow", "--plugin", plugin, "--dataset", "manifest", "--root", manifest]
    words += ["--split", _everything(manifest, tmp_path), "--batch-size", "2", "--results"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kills = 0
    monkeypatch.setenv("SECONDS_OF_A_BATCH", "0.4")  # time to be killed in
    for _ in range(2):
        process = begin(*words, killed)
        start = _partial_lines(killed)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.running and _partial_lines(killed) < start + 4:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    monkeypatch.delenv("SECONDS_OF_A_BATCH")
    assert kills == 2
    assert _partial_lines(killed) > 0
    assert iqabench(*words, killed).returncode == 0
    assert iqabench(*words, whole).returncode == 0
    assert _scores(killed) == _scores(whole)


def _partial_lines(results: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in results.rglob("slow/*/*/scores.partial.csv"))


def _everything(manifest: Path, folder: Path) -> Path:
    """A split that scores many rows: one training content and algorithm pair of each, the rest validation."""
    split = folder / "split"
    split.mkdir()
    contents = "".join(f"c{i},{'train' if i < 2 else 'validate'}\n" for i in range(6))
    algorithms = "".join(f"a{i},{'train' if i < 2 else 'validate'}\n" for i in range(6))
    (split / "contents.csv").write_text("content,part\n" + contents)
    (split / "algorithms.csv").write_text("algorithm,part\n" + algorithms)
    return split


@pytest.mark.parametrize(
    ("plugin_method", "message"),
    [
        ("returns-nan", "the method returned nan"),
        ("wrong-shape", "returned shape"),
        ("wrong-count", "returned shape"),
        ("raises", "ZeroDivisionError: on purpose"),
        ("exits", "SystemExit"),
        ("odd-settings", "weights_used must map names to digests"),
    ],
)
def test_broken_method_costs_its_own_rows_only(
    manifest: Path, tmp_path: Path, plugin_method: str, message: str
) -> None:
    words = ("run", "--methods", f"{plugin_method},psnr", "--plugin", PLUGINS / "broken.py", "--dataset", "manifest")
    done = run_here(*words, "--root", manifest, "--results", tmp_path / "r", "--no-anchors")
    assert done.returncode == 2
    assert message in done.stderr
    assert plugin_method in done.stderr
    assert "Traceback" not in done.stderr
    psnr = next((tmp_path / "r").rglob("psnr/*/*/run.json"))
    assert json.loads(psnr.read_text())["status"] == "complete"


def test_truncated_image_is_named_and_the_rest_is_kept(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    words = ("run", "--methods", "psnr", "--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r")
    split = _everything(manifest, tmp_path)
    damaged = manifest.parent / "c4-a3.png"
    damaged.write_bytes(damaged.read_bytes()[:900])
    done = iqabench(*words, "--split", split, "--no-anchors")
    assert done.returncode == 2
    assert "c4-a3.png" in done.stderr
    assert "Traceback" not in done.stderr
    rows = next((tmp_path / "r").rglob("psnr/*/*/scores.csv")).read_text().splitlines()[1:]
    assert sum("c4-a3" in row and "truncated" in row.lower() for row in rows) == 1
    assert sum(bool(row.split(",")[1]) for row in rows) == len(rows) - 1
    assert "done, 1 image without a score" in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("1000.0000", "many", 1), "many"),
        (lambda text: text.replace("c1-a1.png,", "nowhere.png,", 1), "nowhere.png"),
        (lambda text: text.replace("image,", "picture,", 1), "image"),
        (lambda text: text + text.splitlines()[-1] + "\n", "c5-a5.png"),
    ],
    ids=["not a number", "missing image", "missing column", "duplicate"],
)
def test_bad_manifest_is_one_message(
    iqabench: Command, manifest: Path, tmp_path: Path, change: Any, message: str
) -> None:
    manifest.write_text(change(manifest.read_text()))
    done = iqabench(
        "run", "--methods", "psnr", "--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r"
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_leaking_split_is_refused(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    split = _everything(manifest, tmp_path)
    with (split / "contents.csv").open("a") as file:
        file.write("c0,validate\n")
    words = ("run", "--methods", "psnr", "--dataset", "manifest", "--root", manifest, "--split", split)
    done = iqabench(*words, "--results", tmp_path / "r")
    assert done.returncode == 2
    assert "c0" in done.stderr


def test_debug_shows_the_traceback(iqabench: Command) -> None:
    assert "Traceback" in iqabench("run", "--methods", "pnsr", "--debug").stderr
    assert "Traceback" not in iqabench("run", "--methods", "pnsr").stderr


@pytest.mark.slow
def test_human_votes_give_the_known_agreement(iqabench: Command, test_data: Path, tmp_path: Path) -> None:
    if not os.environ.get("IQABENCH_WEIGHTS"):
        pytest.skip("needs AlexNet: set IQABENCH_WEIGHTS")
    words = ("run", "--methods", "psnr,ssim,lpips", "--dataset", "votes", "--root", test_data / "sr-votes")
    rows = {row["method"]: row for row in _rows(iqabench(*words, "--results", tmp_path, "--format", "json"))}
    for method, expected in (("psnr", 0.427), ("ssim", 0.487), ("lpips", 0.424)):
        assert rows[method]["vote_agreement"] == pytest.approx(expected, abs=0.01)
        assert rows[method]["vote_ceiling"] == pytest.approx(0.690, abs=0.001)
        assert rows[method]["labels"] == "human"
        assert rows[method]["srcc"] is None
