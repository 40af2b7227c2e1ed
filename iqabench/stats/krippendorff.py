"""Krippendorff's alpha for nominal data: how far judges agree beyond chance.

Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); judges may have judged different units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable


def nominal_alpha(units: Iterable[Iterable[Hashable]]) -> float:
    """Alpha of the values that judges gave to each unit, at most 1 (all agree); 0 is what chance gives.

    A unit with fewer than two values says nothing of agreement and is left out. NaN if nothing is left; 1 if one value
    is all that was ever given.

    Examples
    --------
    >>> round(nominal_alpha([["a", "a"], ["a", "b"], ["b", "b"], ["b", "b"]]), 3)
    0.533
    """
    disagreeing, totals = 0.0, Counter[Hashable]()
    for values in units:
        counts = Counter(values)
        number = counts.total()
        if number < 2:
            continue
        totals.update(counts)
        disagreeing += sum(count * (number - count) for count in counts.values()) / (number - 1)
    pairable = totals.total()
    if pairable == 0:
        return float("nan")
    expected = sum(count * (pairable - count) for count in totals.values()) / (pairable - 1)
    return 1 - disagreeing / expected if expected else 1.0
