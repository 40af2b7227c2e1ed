"""Three-way choices between items (one is better, the other is, or they are similar), counted pair by pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats, Indices

Choice = tuple[str, str, str]
"""First item, second item, and ``a`` (the first is better), ``b`` or ``similar``."""


@dataclass(frozen=True)
class ChoiceCounts:
    """How often each item was chosen over each other one."""

    names: tuple[str, ...]
    wins: Floats
    """``(items, items)``: how often the row's item was found better than the column's."""
    ties: Floats
    """``(items, items)``, symmetric: how often the two were found similar."""

    @property
    def total(self) -> Floats:
        """``(items, items)``, symmetric: all choices between two items."""
        return np.asarray(self.wins + self.wins.T + self.ties)

    @property
    def half_votes(self) -> Floats:
        """``(items, items)``: choices for the row's item, a *similar* counted half for each of the two."""
        return np.asarray(self.wins + self.ties / 2)

    @property
    def pairs(self) -> tuple[Indices, Indices]:
        """Rows and columns of the pairs that were compared, each once."""
        first, second = np.nonzero(np.triu(self.total, k=1))
        return first, second

    @property
    def connected(self) -> bool:
        """True if choices connect all items."""
        return _all_reached(self.total > 0)

    def parts(self) -> list[list[str]]:
        """Groups of items that no choice connects: more than one group has no common scale."""
        number, group = connected_components(self.total, directed=False)
        return [[name for name, one in zip(self.names, group, strict=True) if one == part] for part in range(number)]

    def bounded(self, votes: Floats) -> bool:
        """True if a likelihood of ``votes`` has a maximum: from each item a chain of them leads to each other one.

        This is the condition of Ford (American Mathematical Monthly 1957): no group of items was better than all
        others in every choice. ``votes`` are ``wins`` where *similar* is an answer of its own, since its parameter can
        follow two items however far they part, and ``half_votes`` where it is half a vote for each.
        """
        return _all_reached(votes > 0)

    def smoothed(self) -> ChoiceCounts:
        """The same with half a win more for each item of every pair that was compared, which bounds the scale."""
        return ChoiceCounts(self.names, self.wins + 0.5 * (self.total > 0), self.ties)


def _all_reached(links: NDArray[np.bool_]) -> bool:
    """True if a chain of ``links``, ``(items, items)``, leads from each item to each other one."""
    reached = links | np.eye(len(links), dtype=bool)
    for _ in range(len(links).bit_length()):  # each time chains of twice the length
        reached = reached.astype(np.float32) @ reached.astype(np.float32) > 0
    return bool(reached.all())


def count_choices(choices: Iterable[Choice], items: Iterable[str] = ()) -> ChoiceCounts:
    """Count choices; items are sorted by name, those of ``items`` are there even if no choice names them.

    Raises
    ------
    DataError
        For a choice that is none of ``a``, ``b`` and ``similar``, or an item compared with itself.
    """
    every = list(choices)
    names = sorted({*items, *(name for first, second, _ in every for name in (first, second))})
    place = {name: i for i, name in enumerate(names)}
    wins, ties = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for first, second, choice in every:
        if first == second or choice not in ("a", "b", "similar"):
            raise DataError(f"{first} and {second}: {choice!r} is no choice between two; use a, b or similar")
        i, j = place[first], place[second]
        if choice == "similar":
            ties[i, j] += 1
            ties[j, i] += 1
        else:
            winner, loser = (i, j) if choice == "a" else (j, i)
            wins[winner, loser] += 1
    return ChoiceCounts(tuple(names), wins, ties)
