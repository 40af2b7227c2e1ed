"""Tables in a notebook: HTML with its own small style, which follows the colours of the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from iqabench._util.text import counted, printable
from iqabench.render.html import to_html
from iqabench.render.table import Table

MOST = 60
"""Rows of one table that are shown, as pandas does."""
STYLE = Markup(
    "<style>.iqabench table{border-collapse:collapse;margin:.5em 0}"
    ".iqabench caption{text-align:left;font-weight:bold}"
    ".iqabench th,.iqabench td{padding:.2em .7em;text-align:left}"
    ".iqabench .number{text-align:right;font-variant-numeric:tabular-nums}"
    ".iqabench p{margin:.3em 0;max-width:60em}.iqabench code{font-size:.85em}</style>"
)
ARROWS = {1: " ↑", -1: " ↓", 0: ""}


def to_notebook(tables: Sequence[Table], said: Sequence[str] = ()) -> str:
    """``tables`` below each other with what stands below them; ``said`` are problems and warnings, which come first."""
    parts = [Markup("<p><strong>{}</strong></p>").format(printable(sentence)) for sentence in said]
    for table in tables:
        columns = [replace(one, label=one.label + ARROWS[one.better]) for one in table.columns]
        caption = printable(table.caption or table.title)
        shown = to_html(replace(table, columns=columns, rows=table.rows[:MOST], caption=caption))
        parts.append(shown if caption else Markup(shown.replace("  <caption></caption>\n", "")))
        if len(table.rows) > MOST:
            left_out = counted(len(table.rows) - MOST, "more row")
            parts.append(Markup("<p>{} are not shown; the frame has all.</p>").format(left_out))
        parts += [Markup("<p>{}</p>").format(printable(sentence)) for sentence in table.footer]
        if table.signatures:
            lines = Markup("<br>").join(Markup("<code>{}</code>").format(one) for one in table.signatures)
            parts.append(Markup("<details><summary>{}</summary>{}</details>").format(table.signed, lines))
    return str(Markup('<div class="iqabench">{}{}</div>').format(STYLE, Markup("\n").join(parts)))
