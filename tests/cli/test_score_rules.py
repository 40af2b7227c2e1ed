"""``iqabench score`` in continuous integration: limits, baselines, exit codes and the JUnit file."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from forked_program import search_path
from inprocess import run_here
from manifests import Command, write_manifest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "docs" / "examples" / "restoration-quality.yml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``restored/``, ``degraded/`` and ``pristine/`` of two contents in the current folder."""
    made = tmp_path / "made"
    made.mkdir()
    write_manifest(made, contents=2)
    for content in ("c0", "c1"):
        for kind, name in (("degraded", "degraded"), ("pristine", "pristine"), ("a3", "restored")):
            (tmp_path / name).mkdir(exist_ok=True)
            shutil.copy(made / f"{content}-{kind}.png", tmp_path / name / f"{content}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def score(*words: str) -> subprocess.CompletedProcess[str]:
    return run_here("score", "restored", "degraded", *words)


def cases(file: Path) -> list[tuple[str, str, str]]:
    """Rule, image and verdict of each test case."""
    return [
        (suite.get("name", ""), case.get("name", ""), next((element.tag for element in case), "passed"))
        for suite in ElementTree.parse(file).getroot()
        for case in suite
    ]


def test_a_limit_that_is_missed_is_exit_code_1(here: Path) -> None:
    done = score("--method", "psnr,gmsd", "--fail-under", "psnr=35", "--fail-under", "gmsd=0.5", "--junit", "j.xml")
    assert done.returncode == 1, done.stderr
    # c0 has 39.0231 dB, c1 31.1701; 35 - 31.1701 = 3.83.
    assert "missed: c1.png: psnr 31.1701 is 3.83 below 35" in done.stderr
    assert "4 checks: 1 missed" in done.stderr
    assert cases(here / "j.xml") == [
        ("psnr at least 35", "c0.png", "passed"),
        ("psnr at least 35", "c1.png", "failure"),
        ("gmsd at most 0.5", "c0.png", "passed"),
        ("gmsd at most 0.5", "c1.png", "passed"),
    ]
    root = ElementTree.parse(here / "j.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "0")
    assert score("--method", "psnr", "--fail-under", "psnr=30").returncode == 0
    above = score("--method", "gmsd", "--fail-under", "gmsd=0.0001")
    assert above.returncode == 1
    assert "above 0.0001" in above.stderr


def test_a_baseline_says_what_got_worse(here: Path) -> None:
    assert score("--method", "psnr", "--csv", "scores.csv").returncode == 0
    words = ("--method", "psnr", "--baseline", "scores.csv", "--max-drop", "0.01", "--junit", "j.xml")
    assert score(*words).returncode == 0
    shutil.copy("restored/c0.png", "restored/c2.png")
    shutil.copy("degraded/c0.png", "degraded/c2.png")
    shutil.copy("pristine/c1.png", "restored/c1.png")  # far from the degraded image: its PSNR beside it falls
    worse = score(*words)
    assert worse.returncode == 1
    assert "missed: c1.png: psnr fell by 4.43, from 31.1701 to 26.7407; 0.01 is allowed" in worse.stderr
    assert "1 image not in scores.csv: c2.png; not compared" in worse.stderr
    assert ("psnr drops by at most 0.01", "c1.png", "failure") in cases(here / "j.xml")
    assert score(*words[:4], "--max-drop", "psnr=5").returncode == 0
    Path("restored/c1.png").unlink()
    gone = score(*words)
    assert gone.returncode == 1
    assert "c1.png: in the baseline, but not among the images scored" in gone.stderr


def test_scores_of_another_method_are_no_baseline(here: Path) -> None:
    score("--method", "ssim", "--csv", "scores.csv")
    words = ("--method", "ssim", "--baseline", "scores.csv", "--max-drop", "1")
    other = score(*words, "--set", "ssim.downsample=false")
    assert other.returncode == 2
    assert "these do not compare; write the baseline again" in other.stderr
    with Path("scores.csv").open() as file:
        assert {row["ssim_signature"] for row in csv.DictReader(file)} != {""}


def test_a_method_that_cannot_be_had_costs_its_own_column_only(iqabench: Command, here: Path) -> None:
    """No weights in the folder, none in the cache, and nobody answers where they are published."""
    (here / "none").mkdir()
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(here)}
    done = iqabench(
        *("score", "restored", "degraded", "--method", "ckdn-released,psnr", "--weights", "none", "--format", "csv"),
        *("--fail-under", "ckdn-released=0.5", "--fail-under", "psnr=20", "--junit", "j.xml"),
        environment={name: value for name, value in os.environ.items() if name != "IQABENCH_WEIGHTS"} | nowhere,
    )
    assert done.returncode == 2, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [float(row["psnr"]) for row in rows] == pytest.approx([39.0231, 31.1701], abs=1e-4)
    assert "ckdn-released" not in rows[0]
    assert {row["error"] for row in rows} == {""}
    assert "error: ckdn-released: " in done.stderr
    assert cases(here / "j.xml") == [
        ("ckdn-released limit 0.5", "all images", "error"),
        ("psnr at least 20", "c0.png", "passed"),
        ("psnr at least 20", "c1.png", "passed"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fail-under", "psnr"), "write it as METHOD=VALUE"),
        (("--fail-under", "psnr=good"), "'good' is no number"),
        (("--fail-under", "psnr=nan"), "'nan' is no number"),
        (("--fail-under", "ssim=0.5"), "no such score; there are psnr"),
        (("--pristine", "pristine", "--fail-under", "psnr=3"), "name psnr@pristine or psnr@degraded"),
        (("--max-drop", "1"), "go together"),
        (("--baseline", "scores.csv"), "go together"),
        (("--baseline", "scores.csv", "--max-drop", "-1"), "a number of at least 0"),
        (("--baseline", "nowhere.csv", "--max-drop", "1"), "nowhere.csv"),
        (("--baseline", "other.csv", "--max-drop", "1"), "no column of psnr; it has: image, ssim"),
        (("--baseline", "text.csv", "--max-drop", "1"), "text.csv, line 2: psnr is 'high', which is no number"),
        (("--junit", "j.xml"), "give it with --fail-under or --baseline"),
    ],
)
def test_a_rule_that_cannot_be_read_is_one_message(here: Path, words: tuple[str, ...], message: str) -> None:
    Path("scores.csv").write_text("image,psnr\nc0.png,30\n")
    Path("other.csv").write_text("image,ssim\nc0.png,30\n")
    Path("text.csv").write_text("image,psnr\nc0.png,high\n")
    done = score("--method", "psnr", *words)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_baseline_without_the_method_is_refused_before_anything_is_scored(here: Path) -> None:
    Path("other.csv").write_text("image,ssim\nc0.png,30\n")
    done = score("--method", "psnr", "--baseline", "other.csv", "--max-drop", "0.5", "--csv", "scores.csv")
    assert (done.returncode, done.stdout, Path("scores.csv").exists()) == (2, "", False)
    assert "other.csv: no column of psnr" in done.stderr


def test_the_workflow_of_the_docs_fails_where_an_image_got_worse(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands, run as a runner runs them, but for those that install: with the shipped CKDN alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["quality"]["steps"]
    commands = [step["run"] for step in steps if "iqabench score" in step.get("run", "")]
    assert len(commands) == 1
    environment = os.environ | {"PATH": search_path(here / "programs")}
    score("--pristine", "pristine", "--method", "ckdn,psnr", "--csv", "baseline.csv")

    shutil.copy("pristine/c0.png", "restored/c1.png")
    done = subprocess.run(
        ["bash", "-e", "-c", commands[0]], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "missed: c1.png: psnr@pristine fell by" in done.stderr
    assert (here / "scores.md").read_text().startswith("| content | image |")
    assert {verdict for _, _, verdict in cases(here / "quality.xml")} == {"passed", "failure"}
