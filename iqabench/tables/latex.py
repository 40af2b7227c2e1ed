"""LaTeX with booktabs: ``\\usepackage{booktabs}`` is all that the preamble needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import pandas as pd

from iqabench.tables.footer import footer
from iqabench.tables.layout import Cell, lay_out
from iqabench.tables.plain import printable

ARROWS = {1: r" $\uparrow$", -1: r" $\downarrow$", 0: ""}
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # At the start of a row these two would be read as the optional argument or the star of the line break before.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    '"': "''{}",
    "–": "--",
    "×": r"$\times$",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "λ": r"$\lambda$",
}


def escape(text: str) -> str:
    """Text that any LaTeX engine sets as it stands; what the default fonts lack is decomposed or named."""
    # Twins are kept apart, or a ligature makes one other character of them.
    apart = re.sub(r"([-'`])(?=\1)", "\\1\0", unicodedata.normalize("NFC", printable(text)))
    return "".join("{}" if character == "\0" else _set(character) for character in apart)


def _set(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character.isascii() or re.match("[À-ÖØ-öø-ſ]", character):
        return character
    simpler = unicodedata.normalize("NFKD", character)
    if simpler.isascii():
        return escape(simpler)
    return f"{{[}}U+{ord(character):04X}{{]}}"


def to_latex(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """One ``table`` environment; best bold, second underlined, the footer as its caption.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    layout = lay_out(frame, names)
    alignment = "".join("r" if column.numeric else "l" for column in layout.columns)
    header = [escape(column.header) + ARROWS[column.better] for column in layout.columns]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\small\setlength{\tabcolsep}{4pt}",
            rf"\caption{{{' '.join(escape(sentence) for sentence in footer(frame))}}}",
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            _row(header),
            r"\midrule",
            *(_row([_cell(cell) for cell in row]) for row in layout.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    emphasised = {"best": rf"\textbf{{{text}}}", "second": rf"\underline{{{text}}}", "": text}[cell.mark]
    return rf"{emphasised} {{\scriptsize {escape(cell.interval)}}}" if cell.interval else emphasised
