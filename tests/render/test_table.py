"""One table in six formats: whatever is built as a ``Table`` is written, whoever built it."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import ClassVar

import numpy as np
import pytest
from rich.console import Console

from iqabench.render.best import best_and_second
from iqabench.render.citations import bibliography
from iqabench.render.html import to_html
from iqabench.render.latex import to_latex
from iqabench.render.table import Cell, Column, Row, Table, Unbroken
from iqabench.render.terminal import print_table
from iqabench.render.write import FORMATS, write

COMMAND = "Missing: 1 cell. Finish with: iqabench reproduce " + " ".join(f"word{number}" for number in range(40))


@pytest.fixture
def table() -> Table:
    """Two groups of rows, two columns that share a label, a footer with a command."""
    columns = [
        Column("group", "", groups=True),
        Column("row", "", heading=True),
        Column("SRCC ours", "SRCC", +1, 4, numeric=True, part="ours"),
        Column("SRCC paper", "SRCC", +1, 4, numeric=True, part="paper"),
    ]
    rows = [
        Row([Cell("FR"), Cell("psnr & co"), Cell("0.5000", 0.5, "[0.4, 0.6]", "second"), Cell("0.51")], ["psnr"]),
        Row([Cell("FR"), Cell("lpips"), Cell("0.7000", 0.7, emphasis="best"), Cell("–")], ["lpips"]),
        Row([Cell("DR"), Cell("ckdn"), Cell("-0.1000", -0.1), Cell("0.8")]),
    ]
    return Table(columns, rows, "Table 2: x", "The <caption>.", ["One sentence.", Unbroken(COMMAND)], ["psnr|v2|#0"])


def test_columns_that_share_a_label_name_it_once(table: Table) -> None:
    text, markdown = write([table], "text"), write([table], "markdown")
    assert "SRCC ↑ ours   paper" in text
    assert "|  |  | SRCC ↑ ours | paper |" in markdown
    assert r" &  & \multicolumn{2}{c}{SRCC $\uparrow$} \\" in write([table], "latex")
    assert r"\cmidrule(lr){3-4}" in write([table], "latex")


def test_latex_names_a_group_once_below_a_rule(table: Table) -> None:
    body = write([table], "latex").partition("\\midrule\n")[2].partition("\\bottomrule")[0].splitlines()
    assert [line.partition(" &")[0] for line in body] == ["FR", "", r"\midrule", "DR"]


def test_latex_cites_beside_the_heading(table: Table) -> None:
    cited = bibliography("refs", {"psnr": "@misc{huynh, title={x}}"})
    assert r"FR & psnr \& co~\cite{huynh} & \underline{0.5000}" in to_latex([table], cited)


def test_figures_are_emphasised_and_have_a_minus(table: Table) -> None:
    assert r"<ins>0.5000</ins> \[0.4, 0.6\] | 0.51 |" in write([table], "markdown")
    assert "**0.7000**" in write([table], "markdown")
    assert r"\textbf{0.7000} & -- \\" in write([table], "latex")
    assert r"$-$0.1000 & 0.8 \\" in write([table], "latex")


def test_programs_read_the_values(table: Table) -> None:
    rows = json.loads(write([table], "json"))
    assert [row["SRCC ours"] for row in rows] == [0.5, 0.7, -0.1]
    assert [row["SRCC paper"] for row in rows] == [None, None, None]
    assert [row["SRCC ours"] for row in csv.DictReader(io.StringIO(write([table], "csv")))] == ["0.5", "0.7", "-0.1"]


def test_html_is_a_table_of_these_texts(table: Table) -> None:
    page = str(to_html(table))
    texts = [text.strip() for text in re.sub("<[^>]+>", "\n", page).splitlines() if text.strip()]
    assert texts[:5] == ["The &lt;caption&gt;.", "SRCC", "SRCC", "FR", "psnr &amp; co"]
    assert "0.5000 [0.4, 0.6]" in texts
    assert '<th scope="row">psnr &amp; co</th>' in page
    assert page.count('<td class="number">') == 6


def test_a_terminal_breaks_no_command(table: Table) -> None:
    target = io.StringIO()
    print_table(table, Console(file=target, width=50, force_terminal=True, no_color=True, color_system=None))
    assert COMMAND in target.getvalue()


@pytest.mark.parametrize("style", FORMATS)
def test_a_table_without_rows_is_written(table: Table, style: str) -> None:
    empty = Table(table.columns, [])
    assert write([empty], style)


def test_best_and_second() -> None:
    assert best_and_second(np.array([0.5, np.nan, 0.7, 0.7, 0.1])) == ["second", "", "best", "best", ""]
    assert best_and_second(np.array([0.5, 0.5])) == ["", ""]
    assert best_and_second(np.array([])) == []


def test_what_a_row_is_about_stays_where_other_columns_go() -> None:
    columns = [
        Column("group", "", groups=True),
        Column("row", "", heading=True),
        Column("srcc ours", "SRCC", 1, numeric=True, part="ours", needed=True),
        Column("srcc paper", "SRCC", 1, numeric=True, part="paper", needed=True),
        Column("srcc difference", "SRCC", 1, numeric=True, part="difference"),
    ]
    cells = ["networks", "a-method-of-a-paper", "0.1234", "0.5678", "-0.4444"]
    made = Table(
        columns, [Row([Cell(text, beside="[0.0001, 0.9999]" * (place == 2)) for place, text in enumerate(cells)])]
    )
    shown = {}
    for width in (120, 70, 56):
        target = io.StringIO()
        print_table(made, Console(file=target, width=width, force_terminal=True, color_system=None))
        shown[width] = target.getvalue()
        assert all(text in shown[width] for text in cells[:4])
    assert ["-0.4444" in shown[width] for width in (120, 70, 56)] == [True, False, False]
    assert ["0.9999" in shown[width] for width in (120, 70, 56)] == [True, True, False]
    assert "too narrow: SRCC difference (" in " ".join(shown[70].split())
    assert "too narrow: SRCC difference, intervals (" in " ".join(shown[56].split())


class ReadCell(Cell):
    """A cell that counts how often its text is read."""

    reads: ClassVar[list[int]] = [0]

    @property
    def text(self) -> str:
        self.reads[0] += 1
        return self[0]


@pytest.mark.parametrize("columns", [10, 40])
def test_cells_are_measured_once_however_many_columns_are_hidden(columns: int) -> None:
    made = Table(
        [Column("method", "method", heading=True), *(Column(f"c{i}", f"figure {i}") for i in range(columns))],
        [Row([ReadCell(f"{row}.{place}234") for place in range(columns + 1)]) for row in range(5)],
    )
    ReadCell.reads[0] = 0
    print_table(made, Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None))
    assert ReadCell.reads[0] <= 4 * 5 * (columns + 1)
