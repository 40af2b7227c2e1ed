"""Categories of restorations in words: tables say "GAN-based super-resolution", where PIPAL's files say 03."""

from __future__ import annotations

from iqabench.data.pipal import CATEGORIES

LIKE_PIPAL = ("pipal", "mini")
"""Data sets whose category codes are PIPAL's."""


def in_words(dataset: str, category: str) -> str:
    """What the category ``category`` of ``dataset`` is; a name that is no code stays as it is."""
    return CATEGORIES[category][1] if dataset in LIKE_PIPAL and category in CATEGORIES else category


def code_of(dataset: str, asked: str) -> str:
    """The category that ``asked`` means: its code, its words, or their beginning, such as ``GAN-based``."""
    if dataset not in LIKE_PIPAL or asked in CATEGORIES:
        return asked
    wanted = asked.lower()
    exact = [code for code, (_, words) in CATEGORIES.items() if words.lower() == wanted]
    begun = [code for code, (_, words) in CATEGORIES.items() if words.lower().startswith(wanted)]
    return (exact or (begun if len(begun) == 1 else []) or [asked])[0]
