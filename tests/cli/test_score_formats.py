"""``iqabench score`` writes the format that was asked for or that the file's ending says, and no other under it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from inprocess import run_here
from manifests import write_manifest

import iqabench
from iqabench._util.extras import how_to_get


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_manifest(tmp_path, contents=1)
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    shutil.move(tmp_path / "c0-degraded.png", tmp_path / "in" / "c0.png")
    for name in ("c0-a0.png", "c0-a3.png"):
        shutil.move(tmp_path / name, tmp_path / "out" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def score(*words: str) -> subprocess.CompletedProcess[str]:
    return run_here("score", "out", "in/c0.png", "--method", "psnr", *words)


def test_quiet_prints_the_numbers_alone(here: Path) -> None:
    done = score("--quiet", "--csv", "scores.csv")
    assert done.returncode == 0
    assert done.stderr == ""
    expected = [iqabench.score(f"out/{name}", "in/c0.png", "psnr") for name in ("c0-a0.png", "c0-a3.png")]
    assert [float(line) for line in done.stdout.splitlines()] == expected
    several = run_here("score", "out", "in/c0.png", "--method", "psnr,sharpness", "--quiet")
    assert [len(line.split(" ")) for line in several.stdout.splitlines()] == [2, 2]


def test_the_ending_of_the_output_says_the_format(here: Path) -> None:
    printed = score("--format", "markdown").stdout
    assert printed.startswith("| image | psnr ↑ | rank |\n")
    for name in ("scores.csv", "scores.json", "scores.md", "scores.txt", "scores"):
        done = score("--output", name)
        assert done.stdout == ""
        assert f"wrote {name}" in done.stderr
    assert Path("scores.md").read_text() == printed
    by_csv, by_json = pd.read_csv("scores.csv"), pd.DataFrame(json.loads(Path("scores.json").read_text()))
    assert by_csv["psnr"].tolist() == by_json["psnr"].tolist()
    assert Path("scores").read_text() == Path("scores.txt").read_text()
    assert "Best first by psnr." in Path("scores").read_text()
    single = run_here("score", "out/c0-a0.png", "in/c0.png", "--method", "psnr")
    assert single.returncode == 0
    assert "Best first" not in single.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--output", "scores.xlsx"), "no format has this ending; use .txt, .csv, .json, .parquet, .md"),
        (("--output", "scores.html"), "--html writes a page"),
        (("--output", "scores.xlsx", "--format", "csv"), "csv is written here, and .xlsx says another format"),
        (("--output", "scores.csv", "--format", "json"), "json is written here, and .csv says another format"),
        (("--csv", "scores.parquet"), "end the name with .csv"),
        (("--html", "scores.csv"), "end the name with .html"),
    ],
)
def test_an_ending_that_promises_another_format_is_refused(here: Path, words: tuple[str, ...], message: str) -> None:
    done = score(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert not Path(words[1]).exists()


def test_parquet_holds_what_the_csv_holds(here: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    assert score("--csv", "scores.csv", "--output", "scores.parquet").returncode == 0
    frame = pd.read_parquet("scores.parquet")
    assert frame.columns.tolist() == pd.read_csv("scores.csv").columns.tolist()
    assert frame["psnr"].tolist() == pd.read_csv("scores.csv")["psnr"].tolist()


def test_without_pyarrow_nothing_is_scored_and_it_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # the import fails, as where it is not installed
    done = score("--output", "scores.parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert how_to_get("parquet") in done.stderr
