"""``iqabench figure`` draws what ``iqabench table`` prints."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

pytest.importorskip("matplotlib")

from pathlib import Path

from manifests import Command
from stored import write_set

from iqabench._util.errors import UserError
from iqabench.render.figure import FORMATS, draw_leaderboard, drawn_statistics
from iqabench.render.references_figure import draw_references
from iqabench.render.scatter_figure import draw_scatter
from iqabench.stats.assessment import assess
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


def test_scatter_has_a_panel_for_each_method_and_words_for_categories(three) -> None:
    assessment = assess(replace(three, dataset="pipal"))
    drawn = draw_scatter(assessment, leaderboard(assessment.results), "svg")
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", drawn.decode())
    titles = [text for text in texts if ": SRCC " in text]
    expected = leaderboard(three).set_index("method")["srcc"]
    assert {text.split(":")[0]: text.split()[-1] for text in titles} == {
        name: f"{value:.3f}" for name, value in expected.items()
    }
    assert {"traditional super-resolution", "GAN-based super-resolution"} <= set(texts)
    assert "score (lower is better)" in texts
    assert draw_scatter(assessment, leaderboard(assessment.results), "svg") == drawn


def test_references_stand_from_harsh_to_pristine(labels, run, results, noisy) -> None:
    shown = ("pristine", "lr-x8", "degraded", "lr-x2")
    runs = [
        run("one", labels, noisy(100 + 50 * i, i), reference=name, run_id=f"one-{name}") for i, name in enumerate(shown)
    ]
    assessment = assess(results(labels, [*runs, run("alone", labels, noisy(90))]))
    drawn = draw_references(assessment, leaderboard(assessment.results), "svg").decode()
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", drawn)
    assert [text for text in texts if text in shown] == ["lr-x8", "lr-x2", "degraded", "pristine"]
    assert "one" in texts
    assert "alone" not in texts
    with pytest.raises(UserError, match="no method was run with several references"):
        draw_references(assess(results(labels, runs[:1])), leaderboard(results(labels, runs[:1])), "svg")


@pytest.mark.parametrize("of", ["scatter", "references"])
def test_the_command_draws_every_kind(iqabench: Command, labels, run, results, noisy, tmp_path: Path, of: str) -> None:
    runs = [run("m", labels, noisy(50, i), reference=name, run_id=name) for i, name in enumerate(("degraded", "lr-x4"))]
    write_set(tmp_path / "runs", results(labels, runs))
    for kind, beginning in BEGINNINGS.items():
        path = tmp_path / f"{of}.{kind}"
        done = iqabench("figure", "--results", tmp_path / "runs", "--kind", of, "--output", path)
        assert done.returncode == 0, done.stderr
        assert path.read_bytes().startswith(beginning)
    refused = iqabench("figure", "--results", tmp_path / "runs", "--kind", of, "--statistic", "srcc", "--output", path)
    assert refused.returncode == 2
    assert "--statistic is about --kind leaderboard" in refused.stderr


def test_rows_of_one_method_have_names_of_their_own(labels, run, results, noisy) -> None:
    shown = ("pristine", "degraded", "lr-x2")
    runs = [run("one", labels, noisy(100 + 50 * i, i), reference=name) for i, name in enumerate(shown)]
    drawn = draw_leaderboard(leaderboard(results(labels, runs)), "srcc", "svg").decode()
    names = [text for text in re.findall(r"<text[^>]*>([^<]+)</text>", drawn) if text.startswith("one")]
    assert sorted(names) == ["one (degraded)", "one (lr-x2)", "one (pristine)"]


def test_a_line_of_the_diagram_has_a_dot_for_each_row_that_it_joins() -> None:
    # Average ranks in order, and letters of which "b" is shared by the second, fourth and fifth alone.
    from types import SimpleNamespace

    import pandas as pd

    from iqabench.render.critical_difference import _bars

    rows = pd.DataFrame({"average": [1.6, 2.9, 3.0, 3.5, 3.9], "group": ["a", "b1", "a", "b1", "b1"]})
    many = SimpleNamespace(test=SimpleNamespace(kind="nemenyi"))
    assert _bars(many, rows) == [[1.6, 3.0], [2.9, 3.5, 3.9]]


@pytest.mark.parametrize(
    ("rows", "numbers"), [(5, ["1", "2", "3", "4", "5"]), (30, [str(1 + 3 * i) for i in range(10)])]
)
def test_numbers_on_the_axis_of_ranks_do_not_touch(rows: int, numbers: list[str], labels, run, results, noisy) -> None:
    from iqabench.render.critical_difference import draw_critical_difference
    from iqabench.stats.many_sets import many_sets

    runs = [run(f"m{i:02}", labels, noisy(10 + 8 * i, i)) for i in range(rows)]
    drawn = draw_critical_difference(many_sets([results(labels, runs)]), "svg").decode()
    shown = re.findall(r"<text[^>]*>([^<]+)</text>", drawn)
    assert [text for text in shown if text.isdigit()] == numbers
