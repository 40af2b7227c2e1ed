"""LaTeX with booktabs, which compiles by itself and can be input into a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from iqabench.render.citations import Bibliography
from iqabench.render.latex_text import escape
from iqabench.render.table import Cell, Column, Table

ARROWS = {1: r" $\uparrow$", -1: r" $\downarrow$", 0: ""}

OPENING = r"""% Compiles by itself; a document that has \usepackage{booktabs,graphicx} can \input it.
\expandafter\ifx\csname @nodocument\endcsname\relax
\let\iqabenchend\relax
\else
%DOCUMENT%
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{booktabs,graphicx}
\begin{document}
\def\iqabenchend{%BIBLIOGRAPHY%\end{document}}
\fi
"""
CLOSING = "\\iqabenchend\n"
DOCUMENT = r"\documentclass[a4paper]{article}\usepackage[margin=15mm]{geometry}"
"""The document that a file is when it is compiled by itself."""


def to_latex(tables: Sequence[Table], bibliography: Bibliography | None = None) -> str:
    """Tables as a whole document, which is no more than its tables where it is input into another.

    Best bold, second underlined, the footer as the caption; rows cite ``bibliography``. Signatures stand above a table
    as comments. A table wider than the text is scaled down to it.
    """
    return whole((_environment(table, bibliography) for table in tables), bibliography)


def whole(environments: Iterable[str], bibliography: Bibliography | None, document: str = DOCUMENT) -> str:
    """Environments of tables as a document that can be input into another; ``document`` is its class and its page."""
    cited = (
        rf"\clearpage\bibliographystyle{{plain}}\bibliography{{{bibliography.name}}}"
        if bibliography is not None and bibliography.entries
        else ""
    )
    opening = OPENING.replace("%BIBLIOGRAPHY%", cited).replace("%DOCUMENT%", document)
    return "\n".join([opening, *environments, CLOSING])


def _environment(table: Table, bibliography: Bibliography | None) -> str:
    sentences = [table.caption, *table.footer] if table.caption else table.footer
    return "\n".join(
        [
            *([f"% {table.signed}", *(f"% {line}" for line in table.signatures)] if table.signatures else []),
            r"\begin{table}[tbp]",
            r"\centering\small\setlength{\tabcolsep}{4pt}\setlength{\belowcaptionskip}{6pt}",
            rf"\caption{{\small {' '.join(escape(sentence) for sentence in sentences)}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{"
            rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in table.columns)}}}",
            r"\toprule",
            *_header(table),
            r"\midrule",
            *_body(table, bibliography),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _header(table: Table) -> list[str]:
    """One line; or two, the labels above their parts and a rule below each label."""
    if not table.in_parts:
        return [row_line(heading_text(column) for column in table.columns)]
    words = [column for column in table.columns if not column.numeric]
    above, rules = [heading_text(column) for column in words], []
    place = len(words)
    for label, members in groupby((column for column in table.columns if column.numeric), key=heading_text):
        width = len(list(members))
        above.append(rf"\multicolumn{{{width}}}{{c}}{{{label}}}")
        rules.append(rf"\cmidrule(lr){{{place + 1}-{place + width}}}")
        place += width
    return [row_line(above), " ".join(rules), row_line(escape(column.part) for column in table.columns)]


def heading_text(column: Column) -> str:
    """What stands above a column: its label, and an arrow that says which way is better."""
    return escape(column.label) + ARROWS[column.better]


def _body(table: Table, bibliography: Bibliography | None) -> list[str]:
    lines = []
    before = ""
    for number, row in enumerate(table.rows):
        line = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            text = cell_text(cell)
            if column.groups and cell.text and number:
                if cell.text == before:
                    text = ""
                else:
                    lines.append(r"\midrule")
            if column.groups:
                before = cell.text
            if column.heading and bibliography is not None:
                text += bibliography.cite(row.cited)
            line.append(text)
        lines.append(row_line(line))
    return lines


def row_line(cells: Iterable[str]) -> str:
    """Cells that are LaTeX as a line of a table."""
    return " & ".join(cells) + r" \\"


def cell_text(cell: Cell) -> str:
    """A cell, with its emphasis and its interval."""
    text = _number(cell.text)
    emphasised = {"best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}"}.get(cell.emphasis, text)
    return rf"{emphasised} {{\scriptsize {_number(cell.beside)}}}" if cell.beside else emphasised


def _number(text: str) -> str:
    """Escaped; the sign of a number is a minus, not a hyphen."""
    return escape(re.sub(r"(^|[\[ ])-(?=\d)", "\\1−", text))
