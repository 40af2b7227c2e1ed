"""Plain text as LaTeX source."""

from __future__ import annotations

import re
import unicodedata

from iqabench._util.text import printable

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
    "−": "$-$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "λ": r"$\lambda$",
    "†": r"$\dagger$",
    "‡": r"$\ddagger$",
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
