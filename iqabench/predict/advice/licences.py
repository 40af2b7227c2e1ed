"""What a metric may be used for: the licences of its code and of the weights that it comes with."""

from __future__ import annotations

import re

from iqabench._util.errors import MethodError
from iqabench.methods.registry import Registry
from iqabench.weights.table import TABLE

OWN = "MIT"
"""The licence of this distribution."""
UNKNOWN = "not stated"
PERMISSIVE = re.compile(r"(MIT|BSD|Apache|ISC|PSF|Unlicense|CC0)\b")


def licence_of(method: str, registry: Registry) -> str:
    """The licences of a method's code and weights, with commas; says so where one is not known.

    What a method learnt from has terms of its own, which this does not judge.
    """
    try:
        entry = registry.called(method)
    except MethodError:
        return f"{UNKNOWN} (not installed)"
    own = entry.info.licence or (UNKNOWN if entry.foreign else OWN)
    weights = [TABLE[name].licence if name in TABLE else UNKNOWN for name in entry.info.weights]
    return ", ".join(dict.fromkeys([own, *weights]))


def is_commercial(licence: str) -> bool:
    """True if every part of what :func:`licence_of` says permits commercial use."""
    return all(PERMISSIVE.match(part.strip()) for part in re.split("[,;]", licence))
