"""``iqabench diff``: every cause of a difference in words, and how far the scores are apart."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from inprocess import run_here
from manifests import write_manifest
from spoiling import change_json

import iqabench


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Results, and the id of each run by what it is."""
    folder = tmp_path_factory.mktemp("diff")
    results, manifest = folder / "runs", write_manifest(folder, contents=3, algorithms=4)
    evaluate = partial(iqabench.evaluate, dataset="manifest", root=manifest, results=results, quiet=True)
    asked = {
        "plain": {},
        "protocol": {"protocol": "sr-y-border4"},
        "setting": {"settings": {"ssim": {"downsample": False}}},
        "shown": {"references": "pristine"},
    }
    ids = {}
    for name, options in asked.items():
        frame = evaluate("ssim", **options).leaderboard
        ids[name] = str(frame["run_id"].iloc[0])
    evaluate("psnr")
    return results, ids


def diff(results: Path, *words: str) -> str:
    done = run_here("diff", *words, "--results", results)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unlike(results: Path, *words: str) -> dict[str, tuple[str, str]]:
    told = json.loads(diff(results, *words, "--format", "json"))
    return {one["topic"]: (one["first"], one["second"]) for one in told["unlike"]}


def test_the_same_row_is_the_same(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    text = diff(results, ids["plain"], ids["plain"][:8])
    assert "The two are the same run." in text
    assert "all of them equal" in text
    assert unlike(results, ids["plain"], ids["plain"]) == {}


def test_one_thing_that_differs_is_named_alone(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    (protocol,) = unlike(results, ids["plain"], ids["protocol"]).items()
    assert protocol[0] == "protocol"
    assert protocol[1][0] == "none named (RGB, whole images)"
    assert protocol[1][1].startswith("sr-y-border4 (digest ")
    assert "4 pixels cut off each side" in protocol[1][1]
    assert unlike(results, ids["plain"], ids["setting"]) == {"setting downsample": ("true", "false")}
    assert unlike(results, ids["plain"], ids["shown"]) == {"shown": ("degraded", "pristine")}


def test_images_are_compared_one_by_one(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    found = json.loads(diff(results, ids["plain"], ids["protocol"], "--format", "json"))["images"]
    scores = [pd.read_csv(next(results.rglob(f"{ids[name]}/scores.csv")))["score"] for name in ("plain", "protocol")]
    apart = (scores[1] - scores[0]).to_numpy()
    assert (found["shared"], found["alone"], found["equal"]) == (len(apart), [0, 0], int((apart == 0).sum()))
    assert found["mean"] == pytest.approx(apart.mean())
    assert abs(found["largest"]) == pytest.approx(np.abs(apart).max())
    text = diff(results, ids["plain"], ids["protocol"])
    assert f"furthest apart: {found['largest']:+.4g}, {found['image']}" in text


def test_scores_of_two_methods_are_compared_by_order(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    text = diff(results, ids["plain"], "psnr")
    assert "method: ssim in the first, psnr in the second" in text
    assert "scales do not compare" in text
    assert "order of the images: SRCC" in text
    assert "mean" not in text


def test_what_changes_last_digits_stands_apart(rows: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    results, ids = rows
    shutil.copytree(results, tmp_path / "theirs")
    record = next((tmp_path / "theirs").rglob(f"{ids['plain']}/run.json"))
    change_json(record, device="cuda:0", versions=json.loads(record.read_text())["versions"] | {"torch": "1.0"})
    done = run_here("diff", ids["plain"], ids["plain"], "--results", results, "--results", tmp_path / "theirs")
    text = " ".join(done.stdout.split())
    assert "The two are the same run. This changes the last digits at most:" in text
    assert "device: cpu in the first, cuda:0 in the second" in text
    assert "1.0 in the second" in text


def test_words_that_mean_no_row_or_several_are_one_message(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    for words, said in (
        (("nothing", "psnr"), "nothing"),
        ((f"ssim|v1|whole|fp32|#{'0' * 8}", "psnr"), "no run here has an id that begins 00000000"),
        (("ssim|broken", "psnr"), "is no signature"),
    ):
        done = run_here("diff", *words, "--results", results)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert said in " ".join(done.stderr.split())
    assert ids


def test_a_name_that_two_protocols_share_is_not_guessed(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    both = run_here("explain", "ssim@pristine", "--results", results).stdout.splitlines()
    assert len([line for line in both if line.startswith("ssim|")]) == 1
    told = run_here("explain", "ssim@degraded", "--results", results).stdout.splitlines()
    signatures = [line for line in told if line.startswith("ssim|")]
    assert ["protocol=" in line for line in signatures] == [False, True]
    (only,) = [
        line
        for line in run_here("explain", "ssim@degraded@sr-y-border4", "--results", results).stdout.splitlines()
        if line.startswith("ssim|")
    ]
    assert only == signatures[1]
    done = run_here("diff", "ssim@degraded", "ssim@pristine", "--results", results)
    said = " ".join(done.stderr.split())
    assert (done.returncode, "could be several rows" in said) == (2, True)
    assert ids["protocol"] in said
    assert "protocol sr-y-border4)" in said
    named = diff(results, ids["plain"], "ssim@degraded@sr-y-border4")
    assert "4 pixels cut off each side" in named


def test_explain_says_the_protocol(rows: tuple[Path, dict[str, str]]) -> None:
    results, ids = rows
    told = run_here("explain", ids["protocol"], "--results", results).stdout
    assert "sr-y-border4 (digest" in told
    assert "luma Y (BT.601, not rounded" in told
    assert len(told.splitlines()) <= 16
    line = told.splitlines()[0]
    alone = run_here("explain", line, "--results", results.with_name("none")).stdout
    assert "4 pixels cut off each side" in alone
    assert "none named: RGB, whole images" in run_here("explain", ids["plain"], "--results", results).stdout
