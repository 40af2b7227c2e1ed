"""Checks and groupings that every statistic shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from iqabench._util.errors import DataError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
EQUAL_DIGITS = 12
"""Figures that agree to so many digits after the point are equal."""
AT_ONCE = 2**20
"""Rows, or pairs of rows, that are worked on at once: a few dozen MiB, which processors' caches nearly hold."""


def finite_vectors(**named: ArrayLike) -> tuple[Floats, ...]:
    """The named arrays as float vectors of one length.

    Raises
    ------
    DataError
        If one is not one-dimensional, the lengths differ, or a value is not finite: which rows
        have a score is for the caller to decide and to report, never for a statistic.
    """
    vectors = {name: np.asarray(values, dtype=np.float64) for name, values in named.items()}
    lengths = {name: vector.shape for name, vector in vectors.items()}
    if any(len(shape) != 1 for shape in lengths.values()) or len(set(lengths.values())) > 1:
        raise DataError(f"vectors of one length are needed, not {lengths}")
    for name, vector in vectors.items():
        bad = np.flatnonzero(~np.isfinite(vector))
        if bad.size:
            raise DataError(f"{name}: row {bad[0]} is {vector[bad[0]]}; leave such rows out, and count them, first")
    return tuple(vectors.values())


def comparable(values: ArrayLike) -> Floats:
    """Values as they are ranked and printed: to 12 digits after the point.

    Another processor sums in another order, which moves the sixteenth; two figures that are equal stay equal there.
    """
    return np.asarray(np.round(np.asarray(values, dtype=np.float64), EQUAL_DIGITS), dtype=np.float64)


def is_constant(values: Floats) -> bool:
    """True if all values are equal."""
    return values.size == 0 or bool(np.all(values == values[0]))


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1 of each row of ``(n,)`` or ``(rows, n)``, ties at their mean rank; NaN counts as the largest.

    What ``scipy.stats.rankdata`` gives, which takes twice as long, and longer still to import.
    """
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    begins = np.ones(values.shape, dtype=bool)
    begins[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    starts = np.flatnonzero(begins)
    sizes = np.diff(starts, append=values.size)
    means = starts % max(1, values.shape[-1]) + (sizes + 1) / 2
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.repeat(means, sizes).reshape(values.shape), axis=-1)
    return ranks


@dataclass(frozen=True)
class Groups:
    """Rows by group. There may be thousands, so that work is done on all of one size at once: see :meth:`batches`."""

    names: list[Any]
    """Sorted; ``(groups,)``."""
    codes: Indices
    """Place of each row's group among the names, ``(rows,)``."""

    @cached_property
    def _order(self) -> Indices:
        return np.argsort(self.codes, kind="stable")

    @cached_property
    def sizes(self) -> Indices:
        """Rows of each group, ``(groups,)``."""
        return np.bincount(self.codes, minlength=len(self.names))

    @cached_property
    def _starts(self) -> Indices:
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def _places(self) -> list[tuple[int, Indices]]:
        """Places of the groups of each size."""
        return [(int(size), np.flatnonzero(self.sizes == size)) for size in np.unique(self.sizes)]

    def rows(self) -> dict[Any, Indices]:
        """Rows of each group, ascending, by its name."""
        parts = np.split(self._order, self._starts[1:]) if self.names else []
        return dict(zip(self.names, parts, strict=True))

    def batches(self, most: int = AT_ONCE) -> Iterator[tuple[Indices, Indices]]:
        """Groups of one size at a time: their places ``(k,)``, and their rows ``(k, size)``, ascending.

        A batch has at most ``most`` rows, unless a single group has more.
        """
        for size, places in self._places:
            step = max(1, most // max(size, 1))
            for start in range(0, len(places), step):
                part = places[start : start + step]
                yield part, self._order[self._starts[part][:, None] + np.arange(size)]

    def squares(self, most: int = AT_ONCE) -> Iterator[tuple[Indices, Indices]]:
        """Rows of every pair within a group, in both orders, and each row with itself.

        Yields rows ``(k, p, 1)`` and ``(k, 1, size)`` of one size, at most ``most`` pairs at a time unless a group has
        more rows than that: however many pairs there are, they are never held all at once.
        """
        for _, rows in self.batches(most):
            size = rows.shape[1]
            groups, firsts = max(1, most // max(size * size, 1)), max(1, most // max(size, 1))
            for top in range(0, len(rows), groups):
                part = rows[top : top + groups]
                for first in range(0, size, firsts):
                    yield part[:, first : first + firsts, None], part[:, None, :]


def group(*keys: ArrayLike | Groups) -> Groups:
    """The rows that agree in every key; one key gives its values as the groups' names, several keys give tuples.

    Groups are taken as they are, so that what is grouped once need not be grouped again.

    Raises
    ------
    DataError
        If the keys differ in length.
    """
    each = [key if isinstance(key, Groups) else _grouped(np.asarray(key)) for key in keys]
    lengths = {len(one.codes) for one in each}
    if len(lengths) != 1:
        raise DataError(f"keys of one length are needed, not {sorted(lengths)}")
    if len(each) == 1:
        return each[0]
    combined = each[0].codes
    for one in each[1:]:
        combined = combined * max(1, len(one.names)) + one.codes
    numbers, codes = np.unique(combined, return_inverse=True)
    columns: list[list[Any]] = []
    for one in reversed(each):
        numbers, places = np.divmod(numbers, max(1, len(one.names)))
        columns.append([one.names[place] for place in places])
    return Groups(list(zip(*reversed(columns), strict=True)), codes)


def _grouped(values: NDArray[Any]) -> Groups:
    if values.dtype.kind in "OU":
        codes, names = pd.factorize(values.astype(object), sort=True)
    else:
        names, codes = np.unique(values, return_inverse=True)
    # .tolist() makes Python's own types of numpy's: names that print and compare as expected.
    return Groups(np.asarray(names).tolist(), codes)


def group_rows(*keys: ArrayLike | Groups) -> dict[Any, Indices]:
    """Rows of each group of :func:`group`, in sorted order of the groups."""
    return group(*keys).rows()
