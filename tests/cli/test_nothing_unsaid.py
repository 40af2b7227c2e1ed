"""``iqabench run`` never trains on another set in silence, and what nobody asked for decides nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from inprocess import run_here

from iqabench.methods.registry import Registry
from iqabench.runs.evaluation import chosen_methods

TESTS = Path(__file__).parents[1]


def relabelled(manifest: Path, *left_out: str) -> Path:
    """The manifest without some of its columns."""
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name not in left_out]
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    (manifest.parent / "card.toml").write_text("mos_range = [900, 1900]\n")
    return manifest


def trainings(results: Path) -> list[str]:
    metas = [json.loads(path.read_text()) for path in results.rglob("run.json")]
    return [meta["training"]["dataset"] for meta in metas if meta["training"]]


def test_labels_without_algorithms_are_split_by_content(manifest: Path, tmp_path: Path) -> None:
    relabelled(manifest, "algorithm")
    words = ("run", "--methods", "algorithm-mean", "--dataset", "manifest", "--root", manifest, "--no-anchors")
    done = run_here(*words, "--results", tmp_path / "r", "--draws", 100)
    assert done.returncode == 0, done.stderr
    assert "names no algorithms: split by content alone" in done.stderr
    assert trainings(tmp_path / "r") == ["dataset"]
    assert "Learnt from dataset (human labels, split draw0): algorithm-mean." in " ".join(done.stdout.split())


def test_labels_that_cannot_be_split_train_nothing(manifest: Path, tmp_path: Path) -> None:
    relabelled(manifest, "algorithm", "content", "degraded", "pristine")
    words = ("run", "--methods", "algorithm-mean,sharpness", "--dataset", "manifest", "--root", manifest)
    done = run_here(*words, "--no-anchors", "--results", tmp_path / "r", "--draws", 100)
    assert done.returncode == 2
    assert "names neither contents nor algorithms" in done.stderr
    assert "algorithm-mean: it must be trained, and the data set has no training part: --train-on mini" in done.stderr
    assert "sharpness" in done.stdout
    assert trainings(tmp_path / "r") == []
    named = run_here(*words, "--no-anchors", "--results", tmp_path / "r", "--draws", 100, "--train-on", "mini")
    assert named.returncode == 0, named.stderr
    assert "Learnt from mini (PSEUDO labels, split unseen): algorithm-mean." in " ".join(named.stdout.split())
    refused = run_here(
        *("score", manifest.parent / "c0-a0.png", "--method", "diqam", "--train-on", f"manifest:{manifest}"),
        *("--results", tmp_path / "s"),
    )
    assert refused.returncode == 2
    assert "names neither contents nor algorithms" in refused.stderr


def test_training_on_mini_for_want_of_labels_is_said_before_it_begins(manifest: Path, tmp_path: Path) -> None:
    relabelled(manifest, "mos")
    words = ("run", "--methods", "algorithm-mean", "--dataset", "manifest", "--root", manifest, "--no-anchors")
    done = run_here(*words, "--results", tmp_path / "r", "--draws", 100)
    assert done.returncode == 0, done.stderr
    said = "dataset has no MOS to learn from: trained methods learn from the embedded set mini (pseudo labels)"
    stderr = " ".join(done.stderr.split())
    assert said in stderr
    assert stderr.index(said) < stderr.index("computed, ")
    assert "Learnt from mini (PSEUDO labels, split unseen)" in " ".join(done.stdout.split())


def test_a_yardstick_that_nobody_asked_for_is_a_note(manifest: Path, tmp_path: Path) -> None:
    relabelled(manifest, "degraded", "pristine")
    words = ("run", "--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r", "--draws", 100)
    done = run_here(*words, "--methods", "sharpness")
    assert done.returncode == 0, done.stderr
    for name in ("psnr", "ssim"):
        assert f"note: a yardstick that was not asked for has no full row: {name}: cannot be shown" in done.stderr
    assert "error:" not in done.stderr
    asked = run_here(*words, "--methods", "sharpness,psnr")
    assert asked.returncode == 2
    assert "error: psnr: cannot be shown 'degraded'" in asked.stderr
    assert "sharpness" in asked.stdout


@pytest.mark.parametrize("command", ["run", "score"])
def test_a_method_that_cannot_be_had_costs_its_row(manifest: Path, tmp_path: Path, command: str) -> None:
    plugin = TESTS / "plugins" / "broken.py"
    option, target = {
        "run": ("--methods", ("--dataset", "manifest", "--root", manifest, "--no-anchors", "--draws", 100)),
        "score": ("--method", (manifest.parent / "c0-a0.png", manifest.parent / "c0-degraded.png")),
    }[command]
    words = (command, option, "psnr,returns-nan", "--plugin", plugin, *target, "--results", tmp_path / "r")
    done = run_here(*words)
    assert done.returncode == 2
    assert "returns-nan" in done.stderr
    assert "psnr" in done.stdout


def test_all_names_what_it_leaves_out(tmp_path: Path) -> None:
    plugin = tmp_path / "needy.py"
    plugin.write_text("from iqabench import method\n\n@method('needy', requires=('weights',))\ndef needy(r, d): ...\n")
    told: list[str] = []
    chosen, _ = chosen_methods(Registry((plugin,)), ("all",), told.append)
    assert "needy" not in {entry.info.name for entry in chosen}
    assert told == ["needy is left out of 'all': name it in --methods and give --set needy.weights=..."]


def test_seeds_without_anything_to_train_are_said_to_change_nothing(manifest: Path, tmp_path: Path) -> None:
    words = ("run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", manifest)
    done = run_here(*words, "--seed", "0,1", "--results", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert "note: psnr: nothing is trained, so seeds change nothing" in done.stderr


def test_a_folder_within_results_names_the_one_above(manifest: Path, tmp_path: Path) -> None:
    words = ("run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", manifest)
    assert run_here(*words, "--results", tmp_path / "r").returncode == 0
    done = run_here("table", "--results", next((tmp_path / "r").iterdir()))
    assert done.returncode == 2
    assert "name the folder above it: " in done.stderr
    assert done.stderr.split()[-1].endswith("/r")
