"""LaTeX with booktabs, which compiles by itself and can be input into a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from iqabench.render.citations import Bibliography
from iqabench.render.footer import SIGNATURES, footer, signatures
from iqabench.render.latex_text import escape
from iqabench.render.layout import TableCell, lay_out

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


def document(tables: Sequence[str], bibliography: Bibliography | None = None) -> str:
    """``table`` environments as a whole document, which is no more than its tables where it is input into another."""
    cited = (
        rf"\clearpage\bibliographystyle{{plain}}\bibliography{{{bibliography.name}}}"
        if bibliography is not None and bibliography.entries
        else ""
    )
    return "\n".join([OPENING.replace("%BIBLIOGRAPHY%", cited), *tables, CLOSING])


def environment(
    caption: Sequence[str], alignment: str, header: Sequence[str], body: Sequence[str], signed: Sequence[str] = ()
) -> str:
    """One ``table``; ``caption`` is not escaped yet, the lines of ``header`` and ``body`` are.

    ``signed`` are the rows' signatures, which stand above the table as comments. A table wider than the text is
    scaled down to it.
    """
    comments = [f"% {SIGNATURES}", *(f"% {line}" for line in signed)] if signed else []
    return "\n".join(
        [
            *comments,
            r"\begin{table}[tbp]",
            r"\centering\small\setlength{\tabcolsep}{4pt}\setlength{\belowcaptionskip}{6pt}",
            rf"\caption{{\small {' '.join(escape(sentence) for sentence in caption)}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{"
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            *header,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def to_latex(frame: pd.DataFrame, names: Sequence[str] | None = None, bibliography: Bibliography | None = None) -> str:
    """One ``table`` environment; best bold, second underlined, the footer as its caption, methods cited.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    layout = lay_out(frame, names)
    alignment = "".join("r" if column.numeric else "l" for column in layout.columns)
    header = [escape(column.header) + ARROWS[column.better] for column in layout.columns]
    body = []
    for number, cells in enumerate(layout.rows):
        cited = bibliography.cite([str(frame["method"].iloc[number])]) if bibliography else ""
        body.append(
            row(
                set_cell(cell) + (cited if column.name == "method" else "")
                for cell, column in zip(cells, layout.columns, strict=True)
            )
        )
    return environment(footer(frame), alignment, [row(header)], body, signatures(frame))


def row(cells: Iterable[str]) -> str:
    """One line of a table from cells that are LaTeX already."""
    return " & ".join(cells) + r" \\"


def set_cell(cell: TableCell) -> str:
    """A cell, with its emphasis and its interval."""
    text = _number(cell.text)
    emphasised = {"best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}", "": text}[cell.mark]
    return rf"{emphasised} {{\scriptsize {_number(cell.interval)}}}" if cell.interval else emphasised


def _number(text: str) -> str:
    """Escaped; the sign of a number is a minus, not a hyphen."""
    return escape(re.sub(r"(^|[\[ ])-(?=\d)", "\\1−", text))
