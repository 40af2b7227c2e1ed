"""Tables in the format that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from iqabench.render.citations import Bibliography
from iqabench.render.csv import to_csv
from iqabench.render.json import to_json
from iqabench.render.latex import to_latex
from iqabench.render.markdown import to_markdown
from iqabench.render.table import Table
from iqabench.render.terminal import to_text

PROGRAMS = ("csv", "json")
"""Formats that programs read: one table of :func:`iqabench.render.flat.flat` with every column in full precision."""
FORMATS = ("text", "markdown", "latex", *PROGRAMS)


def write(tables: Sequence[Table], style: str, bibliography: Bibliography | None = None) -> str:
    """``tables`` below each other in one of :data:`FORMATS`; LaTeX cites ``bibliography``."""
    if style == "latex":
        return to_latex(tables, bibliography)
    one = {"text": to_text, "markdown": to_markdown, "csv": to_csv, "json": to_json}[style]
    return "\n".join(one(table) for table in tables)
