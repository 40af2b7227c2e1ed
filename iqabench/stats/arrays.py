"""Checks and groupings that every statistic shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iqabench._util.errors import DataError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
EQUAL_DIGITS = 12
"""Figures that agree to so many digits after the point are equal."""


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


def group_rows(*keys: ArrayLike) -> dict[Any, Indices]:
    """Rows of each group, in sorted order of the groups.

    One key gives its values as the groups' names, several keys give tuples.
    """
    codes = [np.unique(np.asarray(key), return_inverse=True) for key in keys]
    lengths = {len(inverse) for _, inverse in codes}
    if len(lengths) != 1:
        raise DataError(f"keys of one length are needed, not {sorted(lengths)}")
    if lengths == {0}:
        return {}
    combined, inverse = np.unique(np.stack([code for _, code in codes]), axis=1, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(inverse, minlength=combined.shape[1]))[:-1])
    # .tolist() makes Python's own types of numpy's: names that print and compare as expected.
    columns = [values[code].tolist() for (values, _), code in zip(codes, combined, strict=True)]
    names = columns[0] if len(keys) == 1 else list(zip(*columns, strict=True))
    return dict(zip(names, rows, strict=True))
