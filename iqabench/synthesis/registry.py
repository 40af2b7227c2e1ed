"""Finds restorers: built-in ones, installed plugins and plugin files.

A distribution offers restorers in the entry-point group ``iqabench.restorers``: name -> what ``@restorer`` or
``declare_restorer`` made.
"""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from iqabench.errors import MethodError
from iqabench.registry import import_plugin_file
from iqabench.synthesis.contract import RestorerEntry, RestorerInfo, as_restorer

RESTORERS_GROUP = "iqabench.restorers"


class RestorerRegistry:
    """Restorers by name."""

    def __init__(self, plugin_files: tuple[Path, ...] = ()) -> None:
        self._points = {point.name: point for point in entry_points(group=RESTORERS_GROUP)}
        self._loaded: dict[str, RestorerEntry] = {}
        self._from_files = {entry.info.name: entry for path in plugin_files for entry in restorers_of_file(path)}

    def names(self) -> list[str]:
        """Every name that :meth:`get` knows."""
        return sorted({*self._points, *self._from_files})

    def plugin_names(self) -> list[str]:
        """Names that plugin files or other distributions offer."""
        return sorted({*self._from_files, *(n for n, p in self._points.items() if not _is_builtin(p))})

    def get(self, name: str) -> RestorerEntry:
        """The restorer called ``name``.

        Raises
        ------
        MethodError
            If there is none (with a suggestion), or its plugin cannot be imported.
        """
        if name in self._from_files:
            return self._from_files[name]
        if name in self._points:
            if name not in self._loaded:
                self._loaded[name] = as_restorer(_load(self._points[name]), _source(self._points[name]))
            return self._loaded[name]
        near = difflib.get_close_matches(name, self.names(), n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise MethodError(f"there is no restorer {name!r}.{hint} 'iqabench list restorers' shows all.")


def restorers_of_file(path: Path) -> list[RestorerEntry]:
    """What ``@restorer`` declares in a plugin file; empty if it holds none (it may hold methods)."""
    module = import_plugin_file(path)
    return [
        as_restorer(value, str(path))
        for value in vars(module).values()
        if isinstance(getattr(value, "restorer_info", None), RestorerInfo) and value.__module__ == module.__name__
    ]


def _is_builtin(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == "iqabench"


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # a plugin may fail in any way; the message says which one it was
        raise MethodError(
            f"restorer {point.name!r} of {_source(point)} cannot be imported ({point.value}): "
            f"{type(error).__name__}: {error}"
        ) from error
