"""Text that cannot harm where it is shown: what every format does to names first."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """One line without control characters.

    Line breaks and tabs become spaces; every other control, format (bidirectional overrides, zero
    width) and unassigned character becomes ``\\x1b`` or ``\\u202e``, so that it is seen.
    """
    return "".join(_shown(character) for character in str(text))


def _shown(character: str) -> str:
    if character in "\n\r\t\u2028\u2029\x0b\x0c\x85":
        return " "
    if unicodedata.category(character).startswith("C"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character
