"""Is the difference between two metrics real: Steiger's test, Holm's correction, letters of a ranking."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from string import ascii_letters

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from iqabench.errors import DataError
from iqabench.stats.arrays import Floats

LEVEL = 0.05


@dataclass(frozen=True)
class Steiger:
    """Steiger's statistic, standard normal if the two correlations are equal, and its two-sided p-value."""

    z: float
    p: float


def steiger(r_a: float, r_b: float, r_ab: float, n: int) -> Steiger:
    """Test whether two metrics correlate equally well with the same MOS.

    Fisher's z of both correlations, with their covariance taken at the mean correlation: Steiger (1980),
    "Tests for comparing elements of a correlation matrix", Psychological Bulletin 87, 245-251, eq. 14.

    Parameters
    ----------
    r_a, r_b:
        Correlation of metric a, of metric b, with MOS.
    r_ab:
        Correlation between the two metrics.
    n:
        Number of images.

    Returns
    -------
    Steiger
        NaN where a correlation is NaN or n < 4; z = 0 and p = 1 where both are equal.
    """
    nan = float("nan")
    if np.isnan([r_a, r_b, r_ab]).any() or n < 4:
        return Steiger(nan, nan)
    if not all(-1 <= r <= 1 for r in (r_a, r_b, r_ab)):
        raise DataError(f"correlations lie in [-1, 1]: {r_a}, {r_b}, {r_ab}")
    if r_a == r_b:
        return Steiger(0.0, 1.0)
    mean_square = ((r_a + r_b) / 2) ** 2
    psi = r_ab * (1 - 2 * mean_square) - mean_square / 2 * (1 - 2 * mean_square - r_ab**2)
    covariance = psi / (1 - mean_square) ** 2
    with np.errstate(divide="ignore"):
        gap = np.arctanh(r_a) - np.arctanh(r_b)
    z = float(gap * np.sqrt(n - 3) / np.sqrt(max(2 - 2 * covariance, np.finfo(np.float64).tiny)))
    return Steiger(z, float(2 * stats.norm.sf(abs(z))))


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


def ranks_level_with(ranks: ArrayLike, significant: ArrayLike) -> list[str]:
    """The ranks that each method cannot be told apart from, its own among them: ``"1–4, 6"``.

    It says what the letters of :func:`indistinguishable_groups` say, and stays short with many methods.

    Parameters
    ----------
    ranks:
        ``(methods,)`` whole numbers.
    significant:
        As for :func:`indistinguishable_groups`.
    """
    places, differs = np.asarray(ranks), np.asarray(significant, dtype=bool)
    return [_as_ranges(sorted({int(rank) for rank in places[~row]})) for row in differs]


def _as_ranges(numbers: list[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
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
