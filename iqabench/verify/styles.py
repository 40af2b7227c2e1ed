"""In which format a file holds tables: told by its content, since a file may have any ending."""

from __future__ import annotations

import re
from pathlib import Path

from iqabench.render.table import SIGNATURES

LARGEST = 64 * 2**20
"""Bytes; tables are smaller, and what is larger is not looked into."""
HEADS = ({"dataset", "split", "rank", "method"}, {"table", "row", "column", "ours"}, {"dataset", "method", "set_rank"})
"""Columns that a leaderboard has, a plan's table, and a table over data sets, in CSV."""
_RULE = re.compile(r"^\|[ :|-]+\|$", re.MULTILINE)


def style_of(file: Path) -> str | None:
    """``html``, ``json``, ``csv``, ``latex``, ``markdown`` or ``text``; None if the file holds no table of ours."""
    if file.stat().st_size > LARGEST:
        return None
    content = file.read_bytes()
    return None if b"\0" in content[:1024] else style_of_text(content.decode(errors="replace"))


def style_of_text(text: str) -> str | None:
    """:func:`style_of` for the content of a file."""
    start = text.lstrip()[:512]
    if start.lower().startswith("<!doctype html"):
        return "html"
    if start.startswith("["):
        return "json"
    if r"\begin{table" in text:
        return "latex"
    if any(head <= set(start.partition("\n")[0].strip().split(",")) for head in HEADS):
        return "csv"
    if _RULE.search(text):
        return "markdown"
    return "text" if SIGNATURES in text else None
