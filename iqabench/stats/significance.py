"""Many tests at once: Holm's correction, and the ranks and letters that say who cannot be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count, pairwise
from string import ascii_letters

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats

LEVEL = 0.05


def holm(p_values: ArrayLike) -> Floats:
    """Holm's adjusted p-values (Holm 1979), same shape; NaN (a test that was not made) stays NaN and uncounted."""
    p = np.asarray(p_values, dtype=np.float64)
    flat = p.ravel()
    made = np.flatnonzero(~np.isnan(flat))
    if np.any((flat[made] < 0) | (flat[made] > 1)):
        raise DataError("p-values lie in [0, 1]")
    order = made[np.argsort(flat[made], kind="stable")]
    adjusted = np.full(flat.shape, np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(flat[order] * np.arange(order.size, 0, -1)))
    return adjusted.reshape(p.shape)


def ranks_level_with(ranks: ArrayLike, significant: ArrayLike, names: Sequence[str]) -> list[str]:
    """The ranks that each method cannot be told apart from, its own among them: ``"1–4, 6"``.

    It says what the letters of :func:`indistinguishable_groups` say, and stays short with many methods. Where methods
    share a rank and only some of them are meant, those are named: ``"1–2, 4 (ssim)"``. A rank that nobody has, behind
    one that is shared, interrupts no range.

    Parameters
    ----------
    ranks:
        ``(methods,)`` whole numbers.
    significant:
        As for :func:`indistinguishable_groups`.
    names:
        One for each method.
    """
    places, differs = np.asarray(ranks), np.asarray(significant, dtype=bool)
    known = sorted(set(places.tolist()))
    told = []
    for row in differs:
        whole = sorted({int(rank) for rank in places[~row] if not row[places == rank].any()})
        partly = sorted({int(rank) for rank in places[~row]} - set(whole))
        meant = {rank: (places == rank) & ~row for rank in partly}
        some = [
            f"{rank} ({', '.join(name for name, one in zip(names, mask, strict=True) if one)})"
            for rank, mask in meant.items()
        ]
        told.append(", ".join([*filter(None, [_as_ranges(whole, known)]), *some]))
    return told


def _as_ranges(numbers: list[int], known: list[int]) -> str:
    """Ascending ``numbers`` as ranges over those that are ``known``."""
    ranges: list[list[int]] = []
    before = {number: one for one, number in pairwise([0, *known])}
    for number in numbers:
        if ranges and ranges[-1][1] == before[number]:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in ranges)


def indistinguishable_groups(significant: ArrayLike) -> list[str]:
    """Letters of a compact display: two methods share a letter exactly if they do not differ significantly.

    Every letter stands for a set of methods none of which differ; the sets are grown greedily until every
    pair that does not differ shares one, in the order given, so that the best method has an ``a``.

    Parameters
    ----------
    significant:
        ``(methods, methods)`` boolean, symmetric, False on the diagonal; methods in order of rank.

    Returns
    -------
    list of str
        One string per method, such as ``"ab"``. After 52 letters come ``a1``, ``b1``, ...
    """
    differs: NDArray[np.bool_] = np.asarray(significant, dtype=bool)
    methods = len(differs)
    if differs.shape != (methods, methods) or (differs != differs.T).any() or differs.diagonal().any():
        raise DataError("a symmetric square matrix with an empty diagonal is needed")
    covered = differs.copy()
    letters = [""] * methods
    names = (letter + (str(turn) if turn else "") for turn in count() for letter in ascii_letters)
    for i in range(methods):
        # From the next method on and around to (i, i): who differs from all others gets a letter alone.
        for j in [*range(i + 1, methods), i]:
            if covered[i, j]:
                continue
            group = sorted({i, j})
            for k in range(methods):
                if k not in group and not differs[k, group].any():
                    group.append(k)
            covered[np.ix_(group, group)] = True
            name = next(names)
            for member in group:
                letters[member] += name
    return letters


_LETTER = re.compile(r"[a-zA-Z]\d*")


def groups_of(letters: Iterable[str]) -> list[list[int]]:
    """Places of the rows that share a letter of :func:`indistinguishable_groups`, where there are several."""
    places: dict[str, list[int]] = {}
    for place, own in enumerate(letters):
        for letter in _LETTER.findall(own):
            places.setdefault(letter, []).append(place)
    return [members for members in places.values() if len(members) > 1]
