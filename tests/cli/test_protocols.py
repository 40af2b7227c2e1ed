"""Rows by several protocols in one folder of results: they share no table, no rank and no test."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from inprocess import run_here

import iqabench

METHODS = ("psnr", "ssim", "gmsd")
Y = "sr-y-border4"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Three methods without a protocol, two of them by another one, and what the second run printed."""
    results = tmp_path_factory.mktemp("protocols") / "r"
    iqabench.evaluate(METHODS, results=results, quiet=True)
    words = ("--methods", "psnr,ssim", "--no-anchors", "--protocol", Y, "--results", results)
    return results, run_here("run", *words).stdout


def out(*words: object) -> str:
    done = run_here(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain(text: str) -> str:
    return " ".join(text.split())


def test_each_protocol_has_a_table_whose_test_counts_its_own_pairs(both: tuple[Path, str]) -> None:
    results, printed = both
    one, other = re.split(r"^mini, .*, protocol sr-y-border4$", out("table", "--results", results), flags=re.MULTILINE)
    assert "Holm-corrected for 3 pairs of ranked rows stored on this split, 5 %" in plain(one)
    assert "Holm-corrected for 1 pair of ranked rows stored on this split by this protocol, 5 %" in plain(other)
    assert "Scored by protocol" not in one
    assert f"Scored by protocol {Y} (digest 0db751a1" in plain(other)
    assert "for 1 pair of ranked rows" in plain(printed)


def test_ranks_and_figures_are_those_of_each_protocol_alone(both: tuple[Path, str], tmp_path: Path) -> None:
    frame = iqabench.leaderboard(both[0])
    alone = iqabench.evaluate(["psnr", "ssim"], protocol=Y, results=tmp_path, quiet=True).leaderboard
    same = ["rank", "method", "srcc", "group", "level_with", "tested_pairs", "protocol"]
    assert frame[frame["protocol"] == Y][same].values.tolist() == alone[same].values.tolist()
    assert frame[frame["protocol"] == ""]["rank"].tolist() == [1, 2, 3]


def test_protocol_chooses_rows_and_an_unknown_one_is_a_message(both: tuple[Path, str]) -> None:
    chosen = json.loads(out("table", "--results", both[0], "--protocol", "none", "--format", "json"))
    assert {row["protocol"] for row in chosen} == {""}
    assert len(chosen) == len(METHODS)
    done = run_here("table", "--results", both[0], "--protocol", "paper-288")
    assert done.returncode == 2
    assert "--protocol paper-288: no stored run was scored by it; protocols there are: none, sr-y-border4" in plain(
        done.stderr
    )


def test_compare_takes_rows_by_one_protocol(both: tuple[Path, str]) -> None:
    found = json.loads(out("compare", "psnr", "ssim", "--results", both[0], "--format", "json"))
    assert [(one["protocol"], one["pairs"]) for one in found] == [("", 3), (Y, 1)]
    (alone,) = json.loads(out("compare", f"psnr@degraded@{Y}", "ssim", "--results", both[0], "--format", "json"))
    assert alone == found[1]
    done = run_here("compare", f"psnr@degraded@{Y}", "gmsd", "--results", both[0])
    assert done.returncode == 2
    assert "never run on the same data set and split by the same protocol; 'iqabench diff' says why" in plain(
        done.stderr
    )


def test_a_report_is_of_one_protocol(both: tuple[Path, str], tmp_path: Path) -> None:
    out("report", "--results", both[0], "--output", tmp_path / "r.html")
    pages = sorted(tmp_path.glob("*.html"), key=lambda page: len(page.name))
    assert [page.stem.endswith(Y) for page in pages] == [False, True]
    tested = [re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page.read_text()) for page in pages]
    pairs = [len(json.loads(found[1])["tests"]) for found in tested if found]
    assert pairs == [len(list(combinations(range(count), 2))) for count in (3, 2)]
    assert "protocol sr-y-border4" in pages[1].read_text()


def test_a_figure_and_a_table_over_data_sets_ask_which_protocol(both: tuple[Path, str], tmp_path: Path) -> None:
    drawn = run_here("figure", "--results", both[0], "--output", tmp_path / "f.svg")
    assert drawn.returncode == 2
    assert "--split unseen --protocol sr-y-border4" in plain(drawn.stderr)
    out("figure", "--results", both[0], "--protocol", Y, "--output", tmp_path / "f.svg")
    over = run_here("figure", "--results", both[0], "--kind", "critical-difference", "--output", tmp_path / "c.svg")
    assert over.returncode == 2
    assert "choose one by --protocol: none, sr-y-border4" in plain(over.stderr)
