"""The terminal: a rich table that hides columns rather than cut names or figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as Grid
from rich.text import Text

from iqabench._util.text import printable
from iqabench.render.table import Cell, Column, Table, Unbroken

ARROWS = {1: " ↑", -1: " ↓", 0: ""}
STYLES = {"best": "bold", "second": "underline", "quiet": "dim"}
UNLIMITED = 10_000
FOOTER_WIDTH = 120


def print_table(table: Table, console: Console, style: str = "dim", footer_width: int | None = FOOTER_WIDTH) -> None:
    """Print one table with its footer; best bold, second underlined. Names are text, never markup.

    Where the console is too narrow, cells of columns that may be broken are broken. In a table without such columns,
    what says the same in every row goes to a line above it; then the columns least needed are hidden, and the last to
    go are intervals; the footer says which. ``style`` is that of the footer, which is as wide as the console if
    ``footer_width`` is None.
    """
    if table.title:
        _print_sentence(Text(printable(table.title), style="italic"), console, None, unbroken=False)
    fitted = _fitted(table, console)
    if fitted.same:
        _print_sentence(Text(printable(f"All rows: {'; '.join(fitted.same)}.")), console, None, unbroken=False)
    grid = _grid(fitted.table, fold=fitted.narrow)
    # Where not even that fits, the terminal breaks the lines: nothing is cut.
    least = Measurement.get(console, console.options.update_width(UNLIMITED), grid).minimum
    console.print(grid, width=max(least, console.width), crop=False, no_wrap=True, overflow="ignore")
    sentences = list(table.footer)
    if fitted.hidden:
        wide = f"Left out, the terminal is too narrow: {', '.join(fitted.hidden)} (--format markdown has them)."
        sentences.append(wide)
    for sentence in sentences:
        _print_sentence(Text(printable(sentence), style=style), console, footer_width, isinstance(sentence, Unbroken))
    if table.signatures:
        console.print(Text(table.signed, style=style))
    for line in table.signatures:
        # Never broken, so that it can be copied.
        console.print(Text(line, style="dim"), soft_wrap=True)


def to_text(table: Table) -> str:
    """The same as plain text of any width, without colours."""
    target = StringIO()
    print_table(table, Console(file=target, force_terminal=False, no_color=True, width=UNLIMITED))
    return target.getvalue()


def fits(table: Table, console: Console) -> bool:
    """True if every cell has room beside the others."""
    unlimited = console.options.update_width(UNLIMITED)
    return Measurement.get(console, unlimited, _grid(table)).maximum <= console.width


class _Fitted(NamedTuple):
    table: Table
    same: list[str]
    """``label value`` of the columns that say the same in every row, and stand above."""
    hidden: list[str]
    """Labels of what is left out."""
    narrow: bool = False
    """True if even so a line is too long: names are broken."""


def _fitted(table: Table, console: Console) -> _Fitted:
    """What of the table a narrow console has room for."""
    if any(column.breaks != "never" for column in table.columns) or fits(table, console):
        return _Fitted(table, [], [])
    same = [place for place, column in enumerate(table.columns) if _says_the_same(table, place)]
    said = [f"{table.columns[place].label} {table.rows[0].cells[place].text}" for place in same]
    kept = [place for place in range(len(table.columns)) if place not in same]
    spare = [place for place in kept if _is_spare(table.columns[place])]
    while spare and not fits(_only(table, kept), console):
        kept.remove(spare.pop())
    for place in (place for place in range(len(table.columns)) if place not in (*kept, *same)):
        wider = sorted([*kept, place])
        if fits(_only(table, wider), console):  # a wide column beyond the edge must not take a narrow one with it
            kept = wider
    hidden = [one for place, one in enumerate(table.columns) if place not in (*kept, *same)]
    labels = [f"{one.label} {one.part}".strip() for one in hidden]
    shown = _only(table, kept)
    if fits(shown, console):
        return _Fitted(shown, said, labels)
    if any(cell.beside for row in shown.rows for cell in row.cells):
        shown = replace(
            shown, rows=[row._replace(cells=[cell._replace(beside="") for cell in row.cells]) for row in shown.rows]
        )
        labels.append("intervals")
    return _Fitted(shown, said, labels, narrow=not fits(shown, console))


def _is_spare(column: Column) -> bool:
    return not (column.needed or column.heading or column.groups)


def _says_the_same(table: Table, place: int) -> bool:
    """True for a column of words, such as the reference, with one text in all rows; figures are read in their row."""
    column = table.columns[place]
    texts = {row.cells[place].text for row in table.rows}
    return len(texts) == 1 and texts != {""} and _is_spare(column) and not column.numeric


def _only(table: Table, places: Sequence[int]) -> Table:
    rows = [row._replace(cells=[row.cells[place] for place in places]) for row in table.rows]
    return replace(table, columns=[table.columns[place] for place in places], rows=rows)


def _grid(table: Table, fold: bool = False) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(table.columns):
        whole = column.breaks == "never" and not (fold and column.heading)
        grid.add_column(
            Text(_heading(table, place)),
            justify="right" if column.numeric else "left",
            no_wrap=whole,
            overflow="ellipsis" if column.breaks == "words" else "fold",
        )
    for row in table.rows:
        grid.add_row(*(_set(cell) for cell in row.cells))
    return grid


def _heading(table: Table, place: int) -> str:
    column = table.columns[place]
    label = printable(column.label) + ARROWS[column.better] if table.starts_label(place) else ""
    return " ".join(word for word in (label, printable(column.part)) if word)


def _set(cell: Cell) -> Text:
    text = Text(printable(cell.text), style=STYLES.get(cell.emphasis, ""))
    return Text.assemble(text, (f" {cell.beside}", "dim")) if cell.beside else text


def _print_sentence(sentence: Text, console: Console, width: int | None, unbroken: bool) -> None:
    if unbroken or width is None:
        console.print(sentence, soft_wrap=unbroken)
        return
    for line in sentence.wrap(console, min(console.width, width)):
        line.rstrip()
        console.print(line)
