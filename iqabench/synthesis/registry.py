"""Finds restorers: built-in ones, installed plugins and plugin files.

A distribution offers restorers in the entry-point group ``iqabench.restorers``: name -> what ``@restorer`` or
``declare_restorer`` made.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from iqabench._util.errors import MethodError
from iqabench._util.offers import is_own, load, offers, only, source_of
from iqabench.methods.plugins import PluginFile, PluginFiles
from iqabench.synthesis.contract import RestorerEntry, as_restorer, declared_restorer

RESTORERS_GROUP = "iqabench.restorers"


class RestorerRegistry:
    """Restorers by name."""

    def __init__(self, plugin_files: tuple[Path, ...] = ()) -> None:
        self._points = offers(RESTORERS_GROUP)
        self._loaded: dict[str, RestorerEntry] = {}
        self._from_files: dict[str, RestorerEntry] = {}
        self._allows_override = isinstance(plugin_files, PluginFiles) and plugin_files.allow_override
        for entry in (one for path in dict.fromkeys(plugin_files) for one in restorers_of_file(path)):
            name = entry.info.name
            if name in self.names() and not self._allows_override:
                holder = (
                    self._from_files[name].source if name in self._from_files else source_of(self._points[name][-1])
                )
                raise MethodError(
                    f"{entry.source}: its restorer {name!r} bears the name of one of {holder}; give it another name, "
                    "or give --allow-override to use it instead"
                )
            self._from_files[name] = entry

    def names(self) -> list[str]:
        """Every name that :meth:`get` knows."""
        return sorted({*self._points, *self._from_files})

    def plugin_names(self) -> list[str]:
        """Names that plugin files or other distributions offer."""
        return sorted({*self._from_files, *(name for name, points in self._points.items() if not is_own(points[-1]))})

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
                point = only(name, self._points[name], self._allows_override, MethodError)
                self._loaded[name] = as_restorer(load(point, "restorer", MethodError), source_of(point))
            return self._loaded[name]
        near = difflib.get_close_matches(name, self.names(), n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise MethodError(f"there is no restorer {name!r}.{hint} 'iqabench list restorers' shows all.")


def restorers_of_file(path: Path) -> list[RestorerEntry]:
    """What ``@restorer`` declares in a plugin file; empty if it holds none (it may hold methods)."""
    module = PluginFile(path).module
    found = [value for value in vars(module).values() if declared_restorer(value) is not None]
    own = [value for value in found if isinstance(value, RestorerEntry) or value.__module__ == module.__name__]
    return [as_restorer(value, str(path)) for value in own]
