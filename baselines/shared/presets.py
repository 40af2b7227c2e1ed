"""Looking up a method's recipe by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from iqabench._util.errors import MethodError

Preset = TypeVar("Preset")


def chosen(presets: Mapping[str, Preset], name: str, method: str) -> Preset:
    """The preset called ``name``. Raises MethodError, which lists the names, if there is none."""
    if name not in presets:
        raise MethodError(f"method {method} has no recipe {name!r}; it has: {', '.join(presets)}")
    return presets[name]
