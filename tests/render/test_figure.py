"""``iqabench figure`` draws what ``iqabench table`` prints."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("matplotlib")

from pathlib import Path

from manifests import Command
from stored import write_set

from iqabench._util.errors import UserError
from iqabench.render.figure import FORMATS, draw_leaderboard, drawn_statistics
from iqabench.stats.leaderboard import leaderboard

BEGINNINGS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_results_give_the_same_file(three, kind: str) -> None:
    drawn = draw_leaderboard(leaderboard(three), None, kind)
    assert drawn.startswith(BEGINNINGS[kind])
    assert draw_leaderboard(leaderboard(three), None, kind) == drawn


def test_methods_stand_in_the_order_of_their_figures(three) -> None:
    frame = leaderboard(three)
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", draw_leaderboard(frame, "srcc", "svg").decode())
    best = frame.sort_values("srcc", ascending=False)["method"].tolist()
    assert [text for text in texts if text in best] == best
    assert any("95 % interval over contents; higher is better" in text for text in texts)
    assert any(text.startswith("toy, split") for text in texts)


@pytest.mark.parametrize("wanted", ["nonsense", "krcc_pooled"])
def test_a_statistic_without_intervals_is_refused(three, wanted: str) -> None:
    with pytest.raises(UserError, match=r"use one of: .*srcc"):
        draw_leaderboard(leaderboard(three), wanted, "svg")
    assert "srcc" in drawn_statistics()


def test_what_is_missing_or_unknown_is_told(iqabench: Command, three, tmp_path: Path) -> None:
    write_set(tmp_path / "runs", three)
    words = ("figure", "--results", tmp_path / "runs", "--dataset", "toy")
    ending = iqabench(*words, "--output", tmp_path / "board.gif")
    assert ending.returncode == 2
    assert "end its name with .svg, .pdf, .png" in ending.stderr
    unknown = iqabench(*words, "--methods", "nobody", "--output", tmp_path / "board.svg")
    assert unknown.returncode == 2
    assert "--methods nobody: no result of it; there are: " in unknown.stderr
    assert not list(tmp_path.glob("board.*"))
