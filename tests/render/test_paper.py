"""``iqabench table --paper``: LaTeX that is read here without a TeX engine, and compiled where there is one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from inprocess import run_here
from latex_read import check_balance, cited, rows_of, words
from stored import make_labels, store_labels, store_run, write_set
from texing import compiled

from iqabench._util.errors import UserError
from iqabench.render.citations import bibliography
from iqabench.render.paper import CAPTION, WIDTHS, Preset, _millions, preset_of, render_paper
from iqabench.render.paper_width import text_width
from iqabench.stats.leaderboard import leaderboard

BIB = "@article{{{0},\n  author = {{A. Uthor}},\n  title = {{On {0}}},\n  journal = {{J}},\n  year = {{2020}}\n}}"


@pytest.fixture
def several(labels, run, results, noisy):
    """Five methods that see nothing, the degraded or the pristine image, one with costs, one with two citations."""
    runs = [
        run("good_one", labels, noisy(40, 1), params=6_919_041),
        run("twin", labels, -noisy(60, 2), lower_is_better=True),
        run("twin", labels, -noisy(80, 5), lower_is_better=True, reference="lr-x4", run_id="twin-x4"),
        run("blind", labels, noisy(1500, 3), paradigm="NR", reference="none"),
        run("full", labels, noisy(20, 4), paradigm="FR", reference="pristine"),
    ]
    for number, one in enumerate(runs):
        one.meta["method"]["citation"] = BIB.format(f"key{number}") + (BIB.format("lib") if number == 4 else "")
    return results(labels, runs)


@pytest.fixture
def stored(several, tmp_path: Path) -> Path:
    write_set(tmp_path / "runs", several)
    return tmp_path / "runs"


@pytest.fixture
def frame(several) -> pd.DataFrame:
    return leaderboard(several)


@pytest.mark.parametrize("venue", WIDTHS)
def test_the_table_is_whole_and_fits(frame: pd.DataFrame, venue: str) -> None:
    source = render_paper([frame], Preset(venue))
    check_balance(source)
    header, *rows = rows_of(source)
    assert 2 <= len(header) <= 7
    assert words(header[0]) == "Method"
    groups = [words(row[0]) for row in rows if len(row) == 1]
    assert groups == ["No reference", "Degraded reference", "Pristine reference"]
    assert {len(row) for row in rows if len(row) > 1} == {len(header)}
    # Read again with other arithmetic: the widest cell of each column, as wide as ten-point digits in eight points.
    columns = [
        [words(cell) for cell in column] for column in zip(header, *(r for r in rows if len(r) > 1), strict=True)
    ]
    assert sum(max(4.25 * len(text) for text in column) for column in columns) < 1.15 * WIDTHS[venue]
    caption = words(re.findall(r"\\caption\{\\small (.*)\}", source)[0])
    assert "human labels" in caption
    assert text_width(f"Table 1: {caption}", CAPTION) <= 2 * WIDTHS[venue]
    assert r"\label{tab:iqabench-toy-test}" in source
    assert source.count(r"\begin{table*}") == (venue == "two-column")


def test_two_columns_hold_more_than_one(frame: pd.DataFrame) -> None:
    one, two = (rows_of(render_paper([frame], Preset(venue)))[0] for venue in WIDTHS)
    assert len(one) <= len(two)
    assert {"SRCC", "PLCC", "KRCC"} < {words(cell) for cell in two}


def test_figures_are_those_of_the_leaderboard(frame: pd.DataFrame) -> None:
    source = render_paper([frame], Preset("two-column", 2, ("srcc", "plcc")))
    by_name = {words(row[0]): row[1:] for row in rows_of(source)[1:] if len(row) > 1}
    assert set(by_name) == {"good_one", "twin", "twin, lr-x4", "blind", "full"}
    for _, row in frame.iterrows():
        name = f"twin, {row['reference']}" if row["reference"] == "lr-x4" else row["method"]
        low, high = (f"{row[end]:.2f}".replace("-", "−") for end in ("srcc_low", "srcc_high"))
        shown = words(by_name[name][0]).replace("[", "").replace("]", "")
        assert shown == f"{row['srcc']:.2f} {low}, {high}".replace("-", "−")
        assert words(by_name[name][1]) == f"{row['plcc']:.2f}".replace("-", "−")
    assert r"\textbf" in by_name["full"][0]


def test_one_column_has_half_of_the_interval(frame: pd.DataFrame) -> None:
    source = render_paper([frame], Preset("one-column", 3, ("srcc",)))
    best = frame[frame["method"] == "full"].iloc[0]
    (row,) = (row for row in rows_of(source) if words(row[0]) == "full")
    half = best["srcc"] - best["srcc_low"]
    assert words(row[1]) == f"{best['srcc']:.3f} ±{half:.3f}"
    assert best["srcc_high"] - best["srcc"] <= half, "cut at 1"
    assert "±: 95 % interval over contents" in words(source.partition(r"\caption")[2])


def test_what_does_not_fit_is_refused(frame: pd.DataFrame) -> None:
    seven = ("srcc", "plcc", "krcc", "srcc_pooled", "plcc_logistic", "rmse", "pair_accuracy")
    with pytest.raises(UserError, match="at most 7 columns"):
        render_paper([frame], Preset("one-column", 3, seven))
    with pytest.raises(UserError, match="or --paper two-column"):
        render_paper([frame], Preset("one-column", 6, seven[:6]))
    with pytest.raises(UserError, match="unknown column 'srrc'; did you mean 'srcc'"):
        render_paper([frame], Preset("one-column", 3, ("srrc",)))


def test_the_command_cites_what_its_bibliography_holds(stored: Path, tmp_path: Path) -> None:
    printed = run_here("table", "--results", stored, "--paper")
    assert "cite{" not in printed.stdout
    assert "nothing is cited: --output FILE.tex" in printed.stderr
    done = run_here("table", "--results", stored, "--paper", "--output", tmp_path / "my table.tex")
    assert "nothing is cited" not in done.stderr
    assert done.returncode == 0, done.stderr
    source = (tmp_path / "my table.tex").read_text()
    assert cited(source) == set(re.findall(r"@article\{(\w+),", (tmp_path / "my-table.bib").read_text()))
    assert {"key0", "key3", "lib"} <= cited(source)
    preset = preset_of(source.splitlines())
    assert preset is not None
    assert (preset.venue, preset.digits) == ("one-column", 3)


def test_another_ending_than_tex_is_refused(stored: Path, tmp_path: Path) -> None:
    done = run_here("table", "--results", stored, "--paper", "--output", tmp_path / "x.md")
    assert (done.returncode, "with .tex" in done.stderr, (tmp_path / "x.md").exists()) == (2, True, False)


def test_a_bibliography_holds_what_is_cited_and_small_counts_keep_a_digit() -> None:
    book = bibliography("book", {"one": "@misc{one, title={One}}", "two": "@misc{two, title={Two}}"})
    assert book.cite(["two"]) == r"~\cite{two}"
    assert book.text == "@misc{two, title={Two}}\n"
    assert [_millions(value) for value in (0.003737, 6.919, 0.0)] == ["0.004", "6.92", "0.00"]


def test_it_compiles_as_it_stands_and_without_an_overfull_line(stored: Path, tmp_path: Path) -> None:
    for venue in WIDTHS:
        path = tmp_path / f"{venue}.tex"
        assert run_here("table", "--results", stored, "--paper", venue, "--output", path).returncode == 0
        log, text = compiled(path)
        assert "Overfull \\hbox" not in log
        assert "undefined" not in log.lower()
        assert "No reference" in text


def test_an_audit_finds_a_changed_cell(tmp_path: Path) -> None:
    quality = np.random.default_rng(0).normal(size=48)
    labels = make_labels(8, 6, quality)
    top = store_labels(tmp_path, labels)
    for number, name in enumerate(("full", "twin", "other")):
        store_run(top, name, labels, quality + number * np.random.default_rng(number).normal(size=48))
    path = tmp_path / "paper.tex"
    options = ("--paper", "two-column", "--digits", "2", "--methods", "twin,other")
    assert run_here("table", "--results", tmp_path, *options, "--output", path).returncode == 0
    assert "paper.tex" in audited(tmp_path)["tables"]
    assert not [one for one in audited(tmp_path)["differences"] if "paper.tex" in one["where"]]
    source = path.read_text()
    figure = words(next(row for row in rows_of(source) if words(row[0]) == "twin")[1]).split()[0]
    path.write_text(source.replace(figure, "0.11", 1))
    assert [one for one in audited(tmp_path)["differences"] if "paper.tex" in one["where"]]


def audited(results: Path) -> dict[str, Any]:
    """What ``iqabench verify`` finds."""
    found: dict[str, Any] = json.loads(run_here("verify", results, "--sample", "0", "--format", "json").stdout)
    return found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--digits", "2"), "--digits: for the table of a paper"),
        (("--paper", "--format", "csv"), "--paper makes LaTeX, not csv"),
        (("--paper", "--dataset", "a,b"), "--paper are about one data set"),
        (("--methods", "nobody"), "--methods nobody: no result of it; there are: "),
    ],
)
def test_options_that_do_not_go_together_are_refused(stored: Path, options: tuple[str, ...], message: str) -> None:
    done = run_here("table", "--results", stored, *options)
    assert done.returncode == 2
    assert message in done.stderr
