"""The terminal: a rich table that hides columns rather than cut names or figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from iqabench._util.text import printable
from iqabench.render.table import Cell, Column, Table, Unbroken

ARROWS = {1: " ↑", -1: " ↓", 0: ""}
STYLES = {"best": "bold", "second": "underline", "quiet": "dim"}
UNLIMITED = 10_000
FOOTER_WIDTH = 120
LEGIBLE = 16
"""Columns of the terminal that a name has at least, where it is broken."""


def print_table(table: Table, console: Console, style: str = "dim", footer_width: int | None = FOOTER_WIDTH) -> None:
    """Print one table with its footer; best bold, second underlined. Names are text, never markup.

    Where the console is too narrow, cells of columns that may be broken are broken, to no less than what can be read.
    Then what says the same in every row goes to a line above it; then the columns least needed are hidden, and the
    last to go are intervals; the footer says which, and explains no column that is hidden. ``style`` is that of the
    footer, which is as wide as the console if ``footer_width`` is None.
    """
    if table.title:
        _print_sentence(Text(printable(table.title), style="italic"), console, None, unbroken=False)
    fitted = _fitted(table, console)
    if fitted.same:
        _print_sentence(Text(printable(f"All rows: {'; '.join(fitted.same)}.")), console, None, unbroken=False)
    # Where not even that fits, the terminal breaks the lines: nothing is cut.
    console.print(_grid(fitted.table, console.width, fold=fitted.narrow), crop=False, no_wrap=True, overflow="ignore")
    sentences = list(table.footer)
    if table.footer_of is not None and (fitted.hidden or fitted.bare):
        gone = {one.name for one in fitted.hidden}
        sentences = list(table.footer_of([one.name for one in table.columns if one.name not in gone], not fitted.bare))
    if labels := _labels(table, fitted):
        wide = f"Left out, the terminal is too narrow: {', '.join(labels)} (--format markdown has them)."
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
    return _total(_widths(table, _measured(table))) <= console.width


def shows_intervals(table: Table, console: Console) -> bool:
    """True if intervals stand beside figures, and there is room for them."""
    return any(cell.beside for row in _fitted(table, console).table.rows for cell in row.cells)


class _Fitted(NamedTuple):
    table: Table
    same: list[str]
    """``label value`` of the columns that say the same in every row, and stand above."""
    hidden: list[Column]
    narrow: bool = False
    """True if even so a line is too long: names and headings are broken."""
    bare: bool = False
    """True if intervals are left out."""


def _fitted(table: Table, console: Console) -> _Fitted:
    """What of the table a narrow console has room for."""
    cells = _measured(table)

    def fit(places: Sequence[int]) -> bool:
        return _fits_broken(_only(table, places, rows=False), [cells[place] for place in places], console)

    if fit(range(len(table.columns))):
        return _Fitted(table, [], [])
    same = [place for place, column in enumerate(table.columns) if _says_the_same(table, place)]
    said = [f"{table.columns[place].label} {table.rows[0].cells[place].text}" for place in same]
    kept = [place for place in range(len(table.columns)) if place not in same]
    spare = [place for place in kept if _is_spare(table.columns[place])]
    while spare and not fit(kept):
        kept.remove(spare.pop())
    for place in (place for place in range(len(table.columns)) if place not in (*kept, *same)):
        wider = sorted([*kept, place])
        # A wide column beyond the edge must not take a narrow one with it, except for one that belongs to it.
        if (not table.columns[place].with_left or place - 1 in kept) and fit(wider):
            kept = wider
    hidden = [one for place, one in enumerate(table.columns) if place not in (*kept, *same)]
    shown = _only(table, kept)
    if fit(kept):
        return _Fitted(shown, said, hidden)
    bare = any(cell.beside for row in shown.rows for cell in row.cells)
    if bare:
        shown = replace(
            shown, rows=[row._replace(cells=[cell._replace(beside="") for cell in row.cells]) for row in shown.rows]
        )
    return _Fitted(shown, said, hidden, narrow=not _fits_broken(shown, _measured(shown), console), bare=bare)


def _labels(table: Table, fitted: _Fitted) -> list[str]:
    """What is left out; a column whose label others share is called by its name."""
    labels = [f"{one.label} {one.part}".strip() for one in table.columns]
    named = {
        one.name: label if labels.count(label) == 1 else one.name
        for one, label in zip(table.columns, labels, strict=True)
    }
    return [*(named[one.name] for one in fitted.hidden), *["intervals"] * fitted.bare]


class _CellWidths(NamedTuple):
    """The columns of the terminal that the cells of one column take, its heading apart; 0 without cells."""

    widest: int
    word: int
    """The longest word."""


def _measured(table: Table) -> list[_CellWidths]:
    """The widths of all columns, measured once: headings alone depend on which columns stand beside each other."""
    found = []
    for place in range(len(table.columns)):
        texts = [_set(row.cells[place]).plain for row in table.rows]
        found.append(_CellWidths(max(map(cell_len, texts), default=0), max(map(_longest_word, texts), default=0)))
    return found


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _widths(table: Table, cells: Sequence[_CellWidths]) -> list[int]:
    """The columns of the terminal that each column takes unbroken."""
    return [max(cell_len(_heading(table, place)), one.widest) for place, one in enumerate(cells)]


def _least(table: Table, cells: Sequence[_CellWidths], fold: bool = False) -> list[int]:
    """The widths without which columns cannot be read; with ``fold`` headings may be broken."""
    found = []
    for place, (column, one) in enumerate(zip(table.columns, cells, strict=True)):
        heading = _heading(table, place)
        whole = max(cell_len(heading), one.widest)
        if column.breaks == "anywhere" or (fold and column.heading):
            found.append(min(LEGIBLE, whole))
        elif column.breaks == "words":
            found.append(max(_longest_word(heading), one.word))
        else:
            found.append(max(LEGIBLE // 2, one.widest) if fold else whole)
    return found


def _total(widths: Sequence[int]) -> int:
    """The columns of the terminal that a table takes: a blank on each side, and three between columns."""
    return sum(widths) + 3 * len(widths) - 1


def _fits_broken(table: Table, cells: Sequence[_CellWidths], console: Console) -> bool:
    """True if there is room where cells that may be broken are."""
    return _total(_least(table, cells)) <= console.width


def _shared_out(table: Table, room: int, fold: bool) -> list[int]:
    """Widths of the columns in ``room``: none below its least; what remains goes in equal shares to those in need."""
    cells = _measured(table)
    whole = _widths(table, cells)
    least = list(map(min, whole, _least(table, cells, fold)))

    def at(level: int) -> list[int]:
        return [max(low, min(full, level)) for low, full in zip(least, whole, strict=True)]

    return next((widths for level in range(max(whole), 0, -1) if _total(widths := at(level)) <= room), least)


def _is_spare(column: Column) -> bool:
    return not (column.needed or column.heading or column.groups)


def _says_the_same(table: Table, place: int) -> bool:
    """True for a column of words, such as the reference, with one text in all rows; figures are read in their row."""
    column = table.columns[place]
    texts = {row.cells[place].text for row in table.rows}
    return len(texts) == 1 and texts != {""} and _is_spare(column) and not column.numeric


def _only(table: Table, places: Sequence[int], rows: bool = True) -> Table:
    """Some of the columns; without ``rows`` their headings alone."""
    kept = [row._replace(cells=[row.cells[place] for place in places]) for row in table.rows] if rows else []
    return replace(table, columns=[table.columns[place] for place in places], rows=kept)


def _grid(table: Table, room: int, fold: bool = False) -> Grid:
    widths = _shared_out(table, room, fold)
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, width=_total(widths))
    for place, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
        grid.add_column(
            Text(_heading(table, place)), justify="right" if column.numeric else "left", width=width, overflow="fold"
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
