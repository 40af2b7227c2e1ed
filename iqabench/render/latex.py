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
\documentclass[a4paper]{article}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[margin=15mm]{geometry}
\usepackage{booktabs,graphicx}
\begin{document}
\def\iqabenchend{%BIBLIOGRAPHY%\end{document}}
\fi
"""
CLOSING = "\\iqabenchend\n"


def to_latex(tables: Sequence[Table], bibliography: Bibliography | None = None) -> str:
    """Tables as a whole document, which is no more than its tables where it is input into another.

    Best bold, second underlined, the footer as the caption; rows cite ``bibliography``. Signatures stand above a table
    as comments. A table wider than the text is scaled down to it.
    """
    cited = (
        rf"\clearpage\bibliographystyle{{plain}}\bibliography{{{bibliography.name}}}"
        if bibliography is not None and bibliography.entries
        else ""
    )
    shown = (_environment(table, bibliography) for table in tables)
    return "\n".join([OPENING.replace("%BIBLIOGRAPHY%", cited), *shown, CLOSING])


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
        return [_row(_label(column) for column in table.columns)]
    words = [column for column in table.columns if not column.numeric]
    above, rules = [_label(column) for column in words], []
    place = len(words)
    for label, members in groupby((column for column in table.columns if column.numeric), key=_label):
        width = len(list(members))
        above.append(rf"\multicolumn{{{width}}}{{c}}{{{label}}}")
        rules.append(rf"\cmidrule(lr){{{place + 1}-{place + width}}}")
        place += width
    return [_row(above), " ".join(rules), _row(escape(column.part) for column in table.columns)]


def _label(column: Column) -> str:
    return escape(column.label) + ARROWS[column.better]


def _body(table: Table, bibliography: Bibliography | None) -> list[str]:
    lines = []
    before = ""
    for number, row in enumerate(table.rows):
        line = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            text = _set(cell)
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
        lines.append(_row(line))
    return lines


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _set(cell: Cell) -> str:
    """A cell, with its emphasis and its interval."""
    text = _number(cell.text)
    emphasised = {"best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}"}.get(cell.emphasis, text)
    return rf"{emphasised} {{\scriptsize {_number(cell.beside)}}}" if cell.beside else emphasised


def _number(text: str) -> str:
    """Escaped; the sign of a number is a minus, not a hyphen."""
    return escape(re.sub(r"(^|[\[ ])-(?=\d)", "\\1−", text))
