"""Addresses that another library states in its source, read there: importing the library takes seconds."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any


def stated_text(place: str) -> str:
    """The text at ``"module:attribute.path"``; a part of the path may be an argument of a call, as ``url`` is.

    Read from the source of the module, which is imported only where that does not say it.

    Raises
    ------
    ImportError
        If there is no such module.
    """
    module, _, path = place.partition(":")
    file = _source_of(module)
    read = None if file is None else _read(ast.parse(file.read_bytes()), path.split("."))
    return _imported(module, path) if read is None else read


def _source_of(module: str) -> Path | None:
    """The file of a module; finding it imports no package above it."""
    where: Any = None
    origin: str | None = None
    for part in module.split("."):
        spec = PathFinder.find_spec(part, where)
        if spec is None:
            return None
        where, origin = spec.submodule_search_locations, spec.origin
    return Path(origin) if origin is not None and origin.endswith(".py") else None


def _read(node: ast.AST, path: list[str]) -> str | None:
    """The constant text that ``path`` leads to from ``node``; None if it is none."""
    for part in path:
        found = _part(node, part)
        if found is None:
            return None
        node = found
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _part(node: ast.AST, name: str) -> ast.AST | None:
    if isinstance(node, ast.Call):
        return next((one.value for one in node.keywords if one.arg == name), None)
    for one in getattr(node, "body", ()):
        if isinstance(one, ast.ClassDef) and one.name == name:
            return one
        if isinstance(one, ast.Assign) and any(isinstance(at, ast.Name) and at.id == name for at in one.targets):
            return one.value
    return None


def _imported(module: str, path: str) -> str:
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return str(found)
