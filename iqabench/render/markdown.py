"""GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from iqabench.render.footer import SIGNATURES, footer, signatures
from iqabench.render.layout import TableCell, lay_out
from iqabench.render.plain import printable

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
MARKUP = r"\`*_{}[]()#+!|~$"
ARROWS = {1: " ↑", -1: " ↓", 0: ""}


def escape(text: str) -> str:
    """Text that GitHub shows as it stands: no HTML, no markup, no links, no cell borders, one line."""
    return "".join(_shown(character) for character in printable(text)).replace("://", "&#58;//")


def _shown(character: str) -> str:
    return ENTITIES.get(character) or (f"\\{character}" if character in MARKUP else character)


def to_markdown(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """One table with its footer; best bold, second underlined.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    layout = lay_out(frame, names)
    lines = [
        _row(escape(column.header) + ARROWS[column.better] for column in layout.columns),
        _row("---:" if column.numeric else ":---" for column in layout.columns),
        *(_row(set_cell(cell) for cell in row) for row in layout.rows),
    ]
    sentences = [f"{escape(sentence)}<br>" for sentence in footer(frame)]
    return "\n".join([*lines, "", *sentences, *signature_block(signatures(frame))]) + "\n"


def signature_block(lines: Sequence[str]) -> list[str]:
    """Signatures as a block of code, so that they are shown and copied as they stand; nothing without any."""
    return [escape(SIGNATURES), "", "```text", *lines, "```"] if lines else []


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def set_cell(cell: TableCell) -> str:
    """A cell, with its emphasis and its interval."""
    text = escape(cell.text)
    emphasised = {"best": f"**{text}**", "second": f"<ins>{text}</ins>", "": text}[cell.mark]
    return f"{emphasised} {escape(cell.interval)}" if cell.interval else emphasised
