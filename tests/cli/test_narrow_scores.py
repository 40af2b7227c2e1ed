"""``iqabench score`` in narrow terminals: no name and no figure is cut, and what has no room is said."""

from __future__ import annotations

import re
import sys
from io import StringIO

import pytest
from rich.console import Console
from terminal import run_in_terminal

from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.terminal import print_table

IMAGES = ["bicubic/butterfly.png", "esrgan/baboon_x4.png", "a-network-with-a-long-name/head.png"]
SHOWN = ["psnr@degraded", "psnr@pristine", "ssim@degraded", "ssim@pristine", "sharpness"]


def scores(methods: list[str]) -> tuple[Table, Table]:
    """The two tables of ``score``, with figures that are easy to find."""
    columns = [Column("image", "image", heading=True, breaks="anywhere")]
    for place, name in enumerate(methods):
        columns.append(Column(name, name, 1, 4, numeric=True, needed=place == 0))
        columns.append(Column(f"{name}_rank", "rank", numeric=True, with_left=True))
    rows = [
        Row([Cell(name), *(Cell(text) for place in range(len(methods)) for text in (f"{place}.{row}535", f"{row}"))])
        for row, name in enumerate(IMAGES, 1)
    ]
    heads = [Column("algorithm", "algorithm", heading=True, breaks="anywhere")]
    heads += [
        Column(name, f"mean rank by {name}", digits=2, numeric=True, breaks="words", needed=place == 0)
        for place, name in enumerate(methods)
    ]
    ranks = [
        Row([Cell(name.split("/")[0]), *(Cell(f"{place}.5{place}") for place in range(len(methods)))])
        for name in IMAGES
    ]
    return Table(columns, rows), Table(heads, ranks)


def printed(table: Table, width: int) -> str:
    target = StringIO()
    print_table(table, Console(file=target, width=width, force_terminal=True, color_system=None), footer_width=None)
    return re.sub(r"\x1b\[[0-9;]*m", "", target.getvalue())


def names_in(text: str) -> str:
    """The first column, put together again: what was broken over lines is whole."""
    return "".join(line.split()[0] for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_scores_are_whole_or_left_out_by_name(width: int, count: int) -> None:
    methods = SHOWN[:count]
    for table in scores(methods):
        text = printed(table, width)
        said = " ".join(text.split()).partition("Left out, the terminal is too narrow: ")[2]
        assert "…" not in text
        assert max(len(line.rstrip()) for line in text.splitlines()) <= width
        gone = said.partition(" (--format")[0].split(", ") if said else []
        for place, column in enumerate(table.columns):
            label = column.name if column.label == "rank" and count > 1 else column.label
            whole = all(
                re.search(rf"(?<![\d.]){re.escape(row.cells[place].text)}(?![\d.])", text) for row in table.rows
            )
            assert (label in gone) or place == 0 or whole, (label, text)
        joined = re.sub(r"\s", "", text)
        assert all(row.cells[0].text in joined or row.cells[0].text in names_in(text) for row in table.rows), text
        assert not gone or width < 200


def test_what_tells_algorithms_apart_is_not_in_an_empty_column() -> None:
    first, _ = scores(SHOWN[:4])
    lines = printed(first, 80).strip().splitlines()
    assert lines[0].split()[:2] == ["image", "psnr@degraded"]


def test_a_rank_does_not_stay_without_its_figure() -> None:
    first, _ = scores(SHOWN[:2])
    text = printed(first, 45)
    heading = text.strip().splitlines()[0]
    assert heading.count("rank") <= heading.count("@")
    assert "psnr@pristine, psnr@pristine_rank" in " ".join(text.split())


def test_the_footer_explains_no_hidden_column() -> None:
    columns = [Column("a", "a", needed=True), Column("b", "b" * 30)]

    def footer_of(shown: object, intervals: bool) -> list[str]:
        return [f"{name} explained." for name in shown]  # type: ignore[attr-defined]

    table = Table(
        columns,
        [Row([Cell("1"), Cell("2")]), Row([Cell("3"), Cell("4")])],
        footer=["a explained.", "b explained."],
        footer_of=footer_of,
    )
    assert "b explained" not in printed(table, 20)
    assert "b explained" in printed(table, 100)


@pytest.mark.parametrize("width", [40, 80])
def test_notes_are_broken_between_words(width: int) -> None:
    said = (
        "a method that is shown the degraded image says how near a restoration is, which is no quality by itself: "
        "see /data/a/path/that/is/long/and/stays/whole.png"
    )
    program = f"from iqabench.cli.output import remark; remark({said!r})"
    seen = run_in_terminal([sys.executable, "-c", program], width)
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", seen.raw).split("\r\n") if line]
    assert " ".join(lines) == f"note: {said}"
    assert all(len(line) <= width for line in lines if "/" not in line)
    assert len(lines) > 1
