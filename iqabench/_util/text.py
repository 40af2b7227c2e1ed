"""Text that cannot harm where it is shown: a terminal, a log, a table."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

LONGEST_MESSAGE = 1500
"""Characters of a message that are shown; what a file holds in one cell may be megabytes."""


def printable(text: str) -> str:
    """One line without control characters.

    Line breaks and tabs become spaces; every other control, format (bidirectional overrides, zero
    width) and unassigned character becomes ``\\x1b`` or ``\\u202e``, so that it is seen.
    """
    return "".join(_shown(character) for character in str(text))


def clear_message(text: str) -> str:
    """A message of one or several lines, each :func:`printable`, with its middle left out if it is very long."""
    if len(text) > LONGEST_MESSAGE:
        kept = LONGEST_MESSAGE // 2
        text = f"{text[:kept]} [... {len(text) - 2 * kept} characters left out ...] {text[-kept:]}"
    return "\n".join(printable(line) for line in text.split("\n"))


def counted(number: int, word: str) -> str:
    """``1 content``, ``1,200 contents``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def split_named(name: str) -> str:
    """``split NAME``, for a title; a split that calls itself a split is not called one twice."""
    return name if name.lower().startswith("split") else f"split {name}"


def agreeing(number: int, verb: str) -> str:
    """The ``verb`` of several (``are``, ``have``, ``do``, ``mean``) as ``number`` of them have it: ``is``, ``has``."""
    if number != 1:
        return verb
    return {"are": "is", "have": "has", "do": "does"}.get(verb, f"{verb}s")


def nearest(word: str, known: Iterable[str], n: int = 3) -> list[str]:
    """At most ``n`` of the ``known`` words that ``word`` may stand for; first those of the same letters."""
    every = list(known)
    swapped = [one for one in every if sorted(one) == sorted(word)]
    return swapped or difflib.get_close_matches(word, every, n=n, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: ``; did you mean 'known'?``, or a full stop if none is near."""
    near = nearest(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else "."


def _shown(character: str) -> str:
    if character in "\n\r\t\u2028\u2029\x0b\x0c\x85":
        return " "
    if unicodedata.category(character).startswith("C"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character
