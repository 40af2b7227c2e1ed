"""GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from iqabench._util.text import printable
from iqabench.render.table import Cell, Table

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
MARKUP = r"\`*_{}[]()#+!|~$"
ARROWS = {1: " ↑", -1: " ↓", 0: ""}


def escape(text: str) -> str:
    """Text that GitHub shows as it stands: no HTML, no markup, no links, no cell borders, one line."""
    return "".join(_shown(character) for character in printable(text)).replace("://", "&#58;//")


def _shown(character: str) -> str:
    return ENTITIES.get(character) or (f"\\{character}" if character in MARKUP else character)


def to_markdown(table: Table) -> str:
    """One table with its footer; best bold, second underlined."""
    lines = [
        *([f"**{escape(table.title)}**", ""] if table.title else []),
        _row(_heading(table, position) for position in range(len(table.columns))),
        _row("---:" if column.numeric else ":---" for column in table.columns),
        *(_row(_set(cell) for cell in row.cells) for row in table.rows),
        "",
        *(f"{escape(sentence)}<br>" for sentence in table.footer),
    ]
    if table.signatures:
        # A block of code, so that they are shown and copied as they stand.
        lines += [escape(table.signed), "", "```text", *table.signatures, "```"]
    return "\n".join(lines) + "\n"


def _heading(table: Table, position: int) -> str:
    column = table.columns[position]
    label = escape(column.label) + ARROWS[column.better] if table.starts_label(position) else ""
    return " ".join(word for word in (label, escape(column.part)) if word)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _set(cell: Cell) -> str:
    text = escape(cell.text)
    emphasised = {"best": f"**{text}**", "second": f"<ins>{text}</ins>"}.get(cell.emphasis, text)
    return f"{emphasised} {escape(cell.beside)}" if cell.beside else emphasised
