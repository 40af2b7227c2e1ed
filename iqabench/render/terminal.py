"""The terminal: a rich table that drops columns rather than cut figures off."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as Grid
from rich.text import Text

from iqabench._util.text import printable
from iqabench.render.table import Cell, Table, Unbroken

ARROWS = {1: " ↑", -1: " ↓", 0: ""}
STYLES = {"best": "bold", "second": "underline", "quiet": "dim"}
UNLIMITED = 10_000
FOOTER_WIDTH = 120


def print_table(table: Table, console: Console, style: str = "dim", footer_width: int | None = FOOTER_WIDTH) -> None:
    """Print one table with its footer; best bold, second underlined. Names are text, never markup.

    Where the console is too narrow, cells of columns that may be broken are broken; a table without such columns loses
    those least needed, and the footer says which. ``style`` is that of the footer, which is as wide as the console if
    ``footer_width`` is None.
    """
    shown, dropped = _fitting(table, console)
    console.print(_grid(shown))
    sentences = list(table.footer)
    if dropped:
        wide = f"Left out, the terminal is too narrow: {', '.join(dropped)} (--columns, or --format markdown)."
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


def _fitting(table: Table, console: Console) -> tuple[Table, list[str]]:
    """The table without the columns that a narrow console has no room for, and their labels, the first one first."""
    dropped: list[str] = []
    if any(column.breaks != "never" for column in table.columns):
        return table, dropped
    while not fits(table, console):
        droppable = [place for place, column in enumerate(table.columns) if not column.needed]
        if not droppable:
            break
        last = droppable[-1]
        dropped.insert(0, table.columns[last].label)
        columns = [*table.columns[:last], *table.columns[last + 1 :]]
        rows = [row._replace(cells=[*row.cells[:last], *row.cells[last + 1 :]]) for row in table.rows]
        table = replace(table, columns=columns, rows=rows)
    return table, dropped


def _grid(table: Table) -> Grid:
    title = Text(printable(table.title)) if table.title else None
    grid = Grid(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for place, column in enumerate(table.columns):
        grid.add_column(
            Text(_heading(table, place)),
            justify="right" if column.numeric else "left",
            no_wrap=column.breaks == "never",
            overflow="fold" if column.breaks == "anywhere" else "ellipsis",
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
