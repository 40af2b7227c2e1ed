"""Which pairs people are to judge: those on which metrics disagree most, or any.

``gmad`` is group maximum differentiation (Ma et al., "Group Maximum Differentiation Competition: Model Comparison with
Few Samples", TPAMI 2020): of each two metrics, one *defends* by calling the two images of a pair equal, the other
*attacks* by calling them as different as it can. Whatever people say of such a pair, one of the two is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TypeVar

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats, Indices

Item = TypeVar("Item")
EQUAL = 0.2
"""A metric calls two images equal if their gap is among this share of its smallest gaps."""


@dataclass(frozen=True)
class ChosenPair:
    """Two restorations of one content, and why they are shown."""

    a: int
    b: int
    """Rows of the images."""
    why: str = ""


def pairs_of(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """All pairs of images of one content, as places in ``rows``."""
    places = rows.reset_index(drop=True).groupby("content", sort=True).indices
    return [(int(a), int(b)) for members in places.values() for a, b in combinations(sorted(members), 2)]


def choose_at_random(rows: pd.DataFrame, number: int, random: np.random.Generator) -> list[ChosenPair]:
    """``number`` pairs, the same number of each two algorithms as far as that goes; all if there are fewer."""
    by_algorithms: dict[tuple[str, str], list[tuple[int, int]]] = {}
    algorithms = rows["algorithm"].tolist()
    for pair in _shuffled(pairs_of(rows), random):
        first, second = sorted((algorithms[pair[0]], algorithms[pair[1]]))
        by_algorithms.setdefault((first, second), []).append(pair)
    groups = _shuffled(list(by_algorithms.values()), random)
    deepest = max(len(group) for group in groups)
    in_turn = [group[turn] for turn in range(deepest) for group in groups if turn < len(group)]
    return [ChosenPair(*pair) for pair in in_turn[:number]]


def choose_gmad(rows: pd.DataFrame, scores: Mapping[str, Floats], number: int) -> list[ChosenPair]:
    """``number`` pairs by maximum differentiation, every two metrics attacking each other in turn.

    Parameters
    ----------
    rows
        One for each image, with ``content`` and ``algorithm``.
    scores
        ``(images,)`` by metric, NaN where there is none.

    Returns
    -------
    list
        The pairs on which metrics disagree most first; fewer than ``number`` if no others tell metrics apart.

    Raises
    ------
    DataError
        With fewer than two metrics, or if they never disagree.
    """
    if len(scores) < 2:
        raise DataError("--choose gmad sets metrics against each other: name two or more with --methods")
    pairs = np.array(pairs_of(rows), dtype=np.intp)
    gaps = {name: _gaps(values, pairs) for name, values in scores.items()}
    duels = [_duel(defender, attacker, gaps, pairs) for defender, attacker in permutations(gaps, 2)]
    taken: dict[tuple[int, int], ChosenPair] = {}
    deepest = max(len(duel) for duel in duels)
    for turn in range(deepest):
        for duel in duels:
            if turn < len(duel) and len(taken) < number:
                taken.setdefault((duel[turn].a, duel[turn].b), duel[turn])
    if not taken:
        raise DataError(f"{', '.join(scores)} never disagree on these images; add metrics, or --choose random")
    return list(taken.values())


def _gaps(values: Floats, pairs: Indices) -> Floats:
    """How different a metric calls the two images of each pair, in units of its typical difference; NaN if unknown."""
    gaps = np.abs(values[pairs[:, 0]] - values[pairs[:, 1]])
    typical = np.sqrt(np.nanmean(gaps**2)) if np.isfinite(gaps).any() else 0.0
    return gaps / typical if typical > 0 else np.full_like(gaps, np.nan)


def _duel(defender: str, attacker: str, gaps: Mapping[str, Floats], pairs: Indices) -> list[ChosenPair]:
    """Pairs that the defender calls equal, those first that the attacker calls most different."""
    held, called = gaps[defender], gaps[attacker]
    known = np.isfinite(held) & np.isfinite(called)
    if not known.any():
        return []
    equal = known & (held <= np.quantile(held[known], EQUAL)) & (called > held)
    order = [int(i) for i in np.argsort(-np.where(equal, called, -1.0), kind="stable") if equal[i]]
    said = f"{defender} calls the two equal, {attacker} different"
    return [ChosenPair(int(pairs[i, 0]), int(pairs[i, 1]), said) for i in order]


def _shuffled(items: Sequence[Item], random: np.random.Generator) -> list[Item]:
    return [items[i] for i in random.permutation(len(items))]
