"""HTML: a ``<table>`` for a page that has its own style."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from iqabench._util.text import printable
from iqabench.render.table import Cell, Column, Table

CODES = {"code": "<code>", "copied": '<code class="copied" tabindex="0">'}


def visible(value: Any) -> Any:
    """Names without control characters and bidirectional overrides; what is marked as safe stays as it is."""
    if type(value) is not str or (value.isascii() and value.isprintable()):
        return value
    return "\n".join(printable(line) for line in value.split("\n"))


def breakable(name: str) -> Markup:
    """A name that may go on in a new line after each ``@`` and ``+``, so that no word of it is cut in two."""
    text = escape(visible(name))
    for sign in "@+":
        text = text.replace(sign, Markup(f"{sign}<wbr>"))
    return text


def to_html(table: Table, style: str = "plain", heading: str = "") -> Markup:
    """The columns and rows with the caption; footer and signatures stand elsewhere in a page.

    ``style`` is the class of the table, ``heading`` that of the cells which say what a row is about. No figure is
    emphasised, and no label has an arrow.
    """
    columns = Markup().join(
        Markup('<th scope="col"{}>{}</th>').format(_numeric(column), visible(column.label)) for column in table.columns
    )
    rows = [[_cell(*one, heading) for one in zip(table.columns, row.cells, strict=True)] for row in table.rows]
    body = Markup().join(Markup("  <tr>{}</tr>\n").format(Markup().join(cells)) for cells in rows)
    return Markup(
        '<table class="{}">\n  <caption>{}</caption>\n  <thead><tr>{}</tr></thead>\n  <tbody>\n{}  </tbody>\n</table>'
    ).format(style, visible(table.caption), columns, body)


def _cell(column: Column, cell: Cell, heading: str) -> Markup:
    text = escape(visible(cell.text))
    if cell.emphasis in CODES:
        text = Markup(CODES[cell.emphasis]) + text + Markup("</code>")
    if cell.beside:
        text += " " + cell.beside
    if column.heading:
        return Markup('<th scope="row"{}>{}</th>').format(_class(heading), text)
    return Markup("<td{}>{}</td>").format(_numeric(column), text)


def _numeric(column: Column) -> Markup:
    return _class("number" if column.numeric else "")


def _class(name: str) -> Markup:
    return Markup(' class="{}"').format(name) if name else Markup()
