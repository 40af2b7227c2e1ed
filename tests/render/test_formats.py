"""Every format: the same figures, hostile names made harmless, and readable by an independent reader."""

from __future__ import annotations

import csv as standard_csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from iqabench._util.errors import UserError
from iqabench._util.text import printable
from iqabench.render.columns import choose, sort_rows
from iqabench.render.csv import escape as escape_csv
from iqabench.render.latex_text import escape as escape_latex
from iqabench.render.leaderboards import figure, lay_out, print_table, render
from iqabench.render.markdown import escape as escape_markdown
from iqabench.render.write import FORMATS
from iqabench.stats.leaderboard import leaderboard

HOSTILE = "=cmd|' /C'!A0<img src=x>_[bold]*{\\x}&%$#~^\x1b[31m\u202e\n\"end`"


@pytest.fixture
def frame(three):
    return leaderboard(three)


@pytest.fixture
def hostile(labels, run, results, noisy):
    runs = [run(HOSTILE, labels, noisy(40)), run("plain", labels, noisy(90, 7), notes=[HOSTILE])]
    return leaderboard(replace(results(labels, runs), dataset=HOSTILE, split=HOSTILE))


def test_best_and_second_are_marked_among_the_ranked_only(labels, run, results, noisy):
    gap = labels["mos"].to_numpy(copy=True)
    gap[0] = np.nan
    runs = [
        run("a", labels, noisy(40)),
        run("b", labels, noisy(300)),
        run("c", labels, noisy(900)),
        run("gap", labels, gap),
    ]
    layout = lay_out(leaderboard(results(labels, runs)))
    position = [column.name for column in layout.columns].index("srcc")
    assert [row.cells[position].emphasis for row in layout.rows] == ["best", "second", "", ""]
    assert layout.rows[3].cells[position].text == "1.0000"


def test_equal_figures_are_marked_alike(labels, run, results, noisy):
    runs = [run(name, labels, noisy(40)) for name in "ab"] + [run("c", labels, noisy(500))]
    layout = lay_out(leaderboard(results(labels, runs)), ["rank", "srcc", "method"])
    assert [row.cells[1].emphasis for row in layout.rows] == ["best", "best", "second"]
    assert [row.cells[0].text for row in layout.rows] == ["1", "1", "3"]
    alike = [run(name, labels, noisy(40)) for name in "ab"]
    assert all(
        row.cells[1].emphasis == ""
        for row in lay_out(leaderboard(results(labels, alike)), ["rank", "srcc", "method"]).rows
    )


def test_lower_is_better_columns_mark_the_lowest(frame):
    layout = lay_out(frame, ["method", "rmse"])
    lowest = min(layout.rows, key=lambda row: float(row.cells[1].text))
    assert lowest.cells[1].emphasis == "best"


def test_default_columns_leave_out_what_says_nothing(frame):
    names = [column.name for column in choose(frame)]
    assert "vote_agreement" not in names
    assert not {"coverage", "selection", "variant"} & set(names)
    assert {"srcc", "plcc", "level_with", "params"} <= set(names)


def test_variant_tells_runs_of_one_method_apart(labels, run, results, noisy):
    trained = {"recipe": "paper", "start": "random"}
    runs = [
        run("m", labels, noisy(40), parameters={"weight": 10, "width": 3}, training=trained, selection="last"),
        run("m", labels, noisy(50), parameters={"weight": 30, "width": 3}, training=trained, selection="last"),
        run("m", labels, noisy(60), parameters={"weight": 30, "width": 3}, training=trained, selection="best"),
        run("other", labels, noisy(70), parameters={"net": "alex"}),
    ]
    frame = leaderboard(results(labels, runs))
    assert sorted(frame["variant"]) == ["", "weight=10", "weight=30", "weight=30"]
    assert {"variant", "selection"} <= {column.name for column in choose(frame)}


def test_unknown_columns_are_named(frame):
    for style in FORMATS:
        with pytest.raises(UserError, match=r"unknown column 'srrc'; did you mean 'srcc'\?"):
            render([frame], style, ["srrc"])
    with pytest.raises(UserError, match="unknown column"):
        sort_rows(frame, "nothing")


def test_sorting(frame):
    assert sort_rows(frame, "ms_per_image")["method"].tolist() == frame["method"].tolist()
    assert sort_rows(frame, "rmse")["rmse"].is_monotonic_increasing
    assert sort_rows(frame, "plcc")["plcc"].is_monotonic_decreasing
    assert sort_rows(frame, "method")["method"].is_monotonic_increasing
    assert pd.isna(sort_rows(frame, "params")["params"].iloc[-1])


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (np.float64("nan"), 4, "–"),
        (pd.NA, None, "–"),
        (None, None, "–"),
        (-0.00001, 4, "0.0000"),
        (6919041, None, "6,919,041"),
        (0.12345, 4, "0.1235"),
        (True, None, "yes"),
        ("x", None, "x"),
    ],
)
def test_figures(value, digits, text):
    assert figure(value, digits) == text


# --- JSON and CSV: read back by the standard library ---


def test_json_is_a_list_of_rows_with_null(frame, three):
    rows = json.loads(render([frame, frame], "json"))
    assert len(rows) == 6
    assert set(rows[0]) == set(frame.columns)
    assert rows[0]["srcc"] == frame.loc[0, "srcc"]
    assert rows[0]["vote_agreement"] is None
    assert rows[0]["rank"] == 1
    assert isinstance(rows[0]["lower_is_better"], bool)
    assert json.loads(render([leaderboard(replace(three, runs=[]))], "json")) == []
    assert json.loads(render([frame], "json", ["method", "params"]))[-1].keys() == {"method", "params"}


def test_csv_keeps_full_precision_and_negative_numbers(frame):
    rows = list(standard_csv.DictReader(io.StringIO(render([frame], "csv"))))
    assert list(rows[0]) == list(frame.columns)
    assert float(rows[0]["srcc"]) == frame.loc[0, "srcc"]
    assert rows[0]["rank"] == "1"
    assert rows[0]["vote_agreement"] == ""
    negative = frame.assign(srcc=-0.123456789012345678)
    assert render([negative], "csv", ["srcc", "method"]).splitlines()[1].startswith(f"{-0.123456789012345678!r},")


def test_csv_text_is_never_a_formula(hostile):
    rows = list(standard_csv.DictReader(io.StringIO(render([hostile], "csv"))))
    for row in rows:
        for name, text in row.items():
            if not pd.api.types.is_numeric_dtype(hostile[name]):
                assert not text.lstrip().startswith(("=", "+", "-", "@"))
                assert text.isprintable()
    assert rows[0]["dataset"].startswith("'=cmd")
    assert [escape_csv(text) for text in ("=1", "+1", "-1", "@x", " =1", "\t=1", "a=1")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "' =1",
        "' =1",
        "a=1",
    ]


# --- Markdown ---


def test_markdown_has_one_cell_per_column(hostile, frame):
    for one in (hostile, frame):
        lines = [line for line in render([one], "markdown").splitlines() if line.startswith("|")]
        assert len(lines) == len(one) + 2
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(choose(one)) + 1}


def test_markdown_escapes_markup(hostile):
    text = render([hostile], "markdown")
    assert "<img" not in text
    assert "\x1b" not in text
    assert set(re.findall(r"<[^>]*>", text)) <= {"<ins>", "</ins>", "<br>"}
    assert escape_markdown("a_b|c<d>&*[x](http://y)") == r"a\_b\|c&lt;d&gt;&amp;\*\[x\]\(http&#58;//y\)"


def test_markdown_emphasis_and_arrows(frame):
    text = render([frame], "markdown", ["method", "srcc", "rmse"])
    assert "SRCC ↑" in text
    assert "RMSE logistic ↓" in text
    assert len(re.findall(r"\*\*\d\.\d{4}\*\*", text)) == 1
    assert len(re.findall(r"<ins>\d\.\d{4}</ins>", text)) == 1


# --- LaTeX ---


def test_latex_is_balanced_and_escaped(hostile, frame):
    for one in (hostile, frame):
        text = render([one], "latex")
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert text.isascii()
        comment, _, source = text.partition("\n")
        assert comment.startswith("% Compiles by itself")
        assert not re.search(r"(?<!\\)[%#]", source)
        tabular = source[source.index(r"\toprule") : source.index(r"\bottomrule")]
        assert not re.search(r"(?<![\\{])\[", tabular)
        assert not re.search(r"(?<!\\)_", text)
        rows = [line for line in text.splitlines() if line.endswith(r"\\")]
        assert len(rows) == len(one) + 1
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(choose(one)) - 1}
        used = set(re.findall(r"\\begin\{(\w+)\}", text))
        assert used == {"document", "table", "tabular"}
        assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b", r"a\_b"),
        ("100 %", r"100 \%"),
        ("\\input{x}", r"\textbackslash{}input\{x\}"),
        ("[x]*", "{[}x{]}{*}"),
        ("a--b", "a-{}-b"),
        ("it's", "it's"),
        ("\ufb01t", "fit"),
        ("é", "é"),
        ("λ = 10", r"$\lambda$ = 10"),
        ("\u4e2d", "{[}U+4E2D{]}"),
        ("\x1b", r"\textbackslash{}x1b"),
    ],
)
def test_latex_escapes(text, escaped):
    assert escape_latex(text) == escaped


def test_latex_marks(frame):
    text = render([frame], "latex", ["method", "srcc"])
    assert len(re.findall(r"\\textbf\{\d\.\d{4}\} \{\\scriptsize", text)) == 1
    assert len(re.findall(r"\\underline\{\d\.\d{4}\}", text)) == 1
    assert r"SRCC $\uparrow$" in text


# --- terminal ---


def test_text_shows_every_figure_whole(frame):
    text = render([frame], "text")
    assert "…" not in text
    for value in frame["srcc"]:
        assert f"{value:.4f}" in text
    assert "6,919,041" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 70, 110, 300])
def test_a_narrow_terminal_drops_columns_and_says_which(frame, width):
    target = io.StringIO()
    print_table(frame, Console(file=target, width=width, force_terminal=True, color_system=None))
    text = re.sub(r"\x1b\[[0-9;]*m", "", target.getvalue())
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= max(width, 48)
    for value in frame["srcc"]:
        assert f"{value:.4f}" in text
    assert ("too narrow" in " ".join(text.split())) == (width < 300)


def test_columns_that_were_asked_for_are_never_dropped(frame):
    target = io.StringIO()
    names = list(frame.columns)
    print_table(frame, Console(file=target, width=60, force_terminal=True), names)
    assert "ms/image" in target.getvalue()
    assert "run id" in target.getvalue()


def test_terminal_names_are_neither_markup_nor_control(hostile):
    target = io.StringIO()
    print_table(hostile, Console(file=target, width=400, force_terminal=True, color_system=None))
    text = target.getvalue()
    assert "[bold]" in text
    assert r"\x1b[31m" in text
    assert "\x1b[31m" not in text
    assert "\u202e" not in text


def test_printable():
    assert printable("a\nb\tc") == "a b c"
    assert printable("\x1b\x07\u202e\u200b\x9b\x00") == r"\x1b\x07\u202e\u200b\x9b\x00"
    assert printable("é λ 中") == "é λ 中"
    assert printable("\ud800") == r"\ud800"


def test_several_tables(frame):
    other = frame.assign(dataset="second")
    assert render([frame, other], "markdown").count("Measured on") == 2
    assert render([frame, other], "latex").count(r"\begin{table}") == 2
    assert render([frame, other], "csv").count("\n") == 7
