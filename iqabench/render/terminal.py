"""The terminal: a rich table that drops columns rather than cut figures off."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

import pandas as pd
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from iqabench.render.footer import SIGNATURES, footer, signatures, title
from iqabench.render.layout import Layout, TableCell, lay_out
from iqabench.render.plain import printable

ARROWS = {1: " ↑", -1: " ↓", 0: ""}
STYLES = {"best": "bold", "second": "underline", "": ""}
NEVER_DROPPED = ("rank", "method", "srcc", "vote_agreement")
UNLIMITED = 10_000
FOOTER_WIDTH = 120


def print_table(frame: pd.DataFrame, console: Console, names: Sequence[str] | None = None) -> None:
    """Print one table with its footer; best bold, second underlined. Names are text, never markup.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    layout, dropped = lay_out(frame, names), []
    if names:
        # Columns that were asked for are never dropped: the terminal may break the lines.
        console = Console(file=console.file, width=UNLIMITED, force_terminal=console.is_terminal)
    heading = printable(title(frame)) if len(frame) else ""
    table = _table(layout, heading)
    while Measurement.get(console, console.options.update_width(UNLIMITED), table).maximum > console.width:
        position = _least_needed(layout)
        if position is None:
            break
        dropped.append(layout.columns[position].header)
        layout = Layout(
            [*layout.columns[:position], *layout.columns[position + 1 :]],
            [[*row[:position], *row[position + 1 :]] for row in layout.rows],
        )
        table = _table(layout, heading)
    console.print(table)
    sentences = footer(frame)
    if dropped:
        wide = (
            f"Left out, the terminal is too narrow: {', '.join(reversed(dropped))} (--columns, or --format markdown)."
        )
        sentences.append(wide)
    for sentence in sentences:
        for line in Text(printable(sentence), style="dim").wrap(console, min(console.width, FOOTER_WIDTH)):
            line.rstrip()
            console.print(line)
    lines = signatures(frame)
    if lines:
        console.print(Text(SIGNATURES, style="dim"))
    for text in lines:
        # Never broken, so that it can be copied.
        console.print(Text(text, style="dim"), soft_wrap=True)


def to_text(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """The same as plain text of any width, without colours.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    target = StringIO()
    print_table(frame, Console(file=target, force_terminal=False, no_color=True, width=UNLIMITED), names)
    return target.getvalue()


def _table(layout: Layout, heading: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(heading), title_justify="left", pad_edge=False)
    for column in layout.columns:
        header = Text(printable(column.header) + ARROWS[column.better])
        table.add_column(header, justify="right" if column.numeric else "left", no_wrap=True)
    for row in layout.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(cell: TableCell) -> Text:
    text = Text(printable(cell.text), style=STYLES[cell.mark])
    return Text.assemble(text, (f" {cell.interval}", "dim")) if cell.interval else text


def _least_needed(layout: Layout) -> int | None:
    for position in reversed(range(len(layout.columns))):
        if layout.columns[position].name not in NEVER_DROPPED:
            return position
    return None
