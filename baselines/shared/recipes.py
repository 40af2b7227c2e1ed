"""Looks up a method's recipe by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from iqabench._util.errors import MethodError

Kind = TypeVar("Kind")


def find_recipe(recipes: Mapping[str, Kind], name: str, method: str) -> Kind:
    """The recipe called ``name``. Raises MethodError, which lists the names, if there is none."""
    if name not in recipes:
        raise MethodError(f"method {method} has no recipe {name!r}; it has: {', '.join(recipes)}")
    return recipes[name]
