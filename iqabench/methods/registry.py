"""Finds methods: built-in ones, installed plugins and plugin files, all through the same door.

A distribution offers methods in the entry-point group ``iqabench.methods`` (name -> what ``@method``
or ``declare`` made) and whole families, named ``family:member``, in ``iqabench.method_families``.
Nothing is imported before it is asked for. A name that two of them offer is refused: a score must not depend on
which was found first.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol

from iqabench._util.errors import MethodError
from iqabench._util.offers import is_own, load, offers, only, source_of
from iqabench.methods.code import code_of
from iqabench.methods.contract import MethodEntry, as_entry, declared_info
from iqabench.methods.plugins import PluginFile, PluginFiles, kinds_in

METHODS_GROUP = "iqabench.methods"
FAMILIES_GROUP = "iqabench.method_families"


class MethodFamily(Protocol):
    """Methods that are made by name, such as everything that another metric library offers."""

    def names(self) -> list[str]:
        """Members that can be had here, without the family's prefix."""
        ...

    def entry(self, member: str) -> MethodEntry:
        """The method of that name; raises MethodError if there is none."""
        ...


@dataclass
class Registry:
    """Methods by name. ``problems`` collects what could not be imported, by name, with the reason.

    Raises
    ------
    MethodError
        If a plugin file cannot be imported, or takes a name that another one has. :class:`PluginFiles` may allow that:
        files go before distributions, of two files the later one, of two distributions the one that is not iqabench.
    """

    plugin_files: tuple[Path, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._points = offers(METHODS_GROUP)
        self._families = offers(FAMILIES_GROUP)
        self._from_files: dict[str, MethodEntry] = {}
        self._offered: dict[str, MethodEntry] = {}
        self._allows_override = isinstance(self.plugin_files, PluginFiles) and self.plugin_files.allow_override
        for path in {path.resolve(): path for path in self.plugin_files}.values():
            for entry in _entries_of_file(path):
                self._add(entry)

    def names(self) -> list[str]:
        """Every name that :meth:`get` knows, families' members left out."""
        return sorted({*self._points, *self._from_files})

    def installed_names(self) -> list[str]:
        """Names that installed distributions offer, plugin files left out."""
        return sorted(self._points)

    def file_names(self) -> list[str]:
        """Names that the plugin files offer."""
        return sorted(self._from_files)

    def family_names(self) -> list[str]:
        """Families, used as ``family:member``."""
        return sorted(self._families)

    def source(self, name: str) -> str:
        """Distribution and version, or file, that offers ``name``; imports nothing."""
        if name in self._from_files:
            return self._from_files[name].source
        return source_of(self._points[name][-1])

    def is_builtin(self, name: str) -> bool:
        """True for methods of this distribution, whose declarations import no torch."""
        return any(is_own(point) for point in self._points.get(name, ()))

    def get(self, name: str) -> MethodEntry:
        """The method called ``name``, or ``family:member``.

        Raises
        ------
        MethodError
            If there is none (with a suggestion), its plugin cannot be imported, or another one has the name, too.
        """
        if name in self._from_files:
            return self._from_files[name]
        if name in self._points:
            return self._of_distribution(name)
        family, colon, member = name.partition(":")
        if colon and family in self._families:
            point = only(family, self._families[family], self._allows_override, MethodError)
            offered: MethodFamily = load(point, "method", MethodError)
            return _as_entry(offered.entry(member), f"{family} family", point)
        known = self.names() + [f"{family}:" for family in self.family_names()]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise MethodError(f"there is no method {name!r}.{hint} 'iqabench list methods' shows all.")

    def called(self, name: str) -> MethodEntry:
        """The method that calls itself ``name``: an entry point may bear another name than its method.

        Raises
        ------
        MethodError
            If there is none.
        """
        if name not in self.names():
            for entry in self.entries():
                if entry.info.name == name:
                    return entry
        return self.get(name)

    def entries(self, names: Iterable[str] | None = None) -> Iterator[MethodEntry]:
        """Entries of ``names`` (default: all), each method once; what fails is kept in ``problems``."""
        seen: set[str] = set()
        for name in names if names is not None else self.names():
            try:
                entry = self.get(name)
            except MethodError as error:
                self.problems[name] = str(error)
                continue
            if entry.info.name not in seen:
                seen.add(entry.info.name)
                yield entry

    def _add(self, entry: MethodEntry) -> None:
        """Take in a method of a plugin file."""
        name = entry.info.name
        holder = ""
        if name in self._from_files:
            holder = self._from_files[name].source
        elif points := self._points.get(name, ()) or (":" in name and self._families.get(name.partition(":")[0], ())):
            holder = source_of(points[-1])
        self._from_files[name] = self._allowed(entry, holder)

    def _of_distribution(self, name: str) -> MethodEntry:
        point = only(name, self._points[name], self._allows_override, MethodError)
        others = [source_of(one) for one in self._points[name] if one is not point]
        entry = _as_entry(load(point, "method", MethodError), source_of(point), point)
        called = entry.info.name
        if others:
            entry = replace(entry, replaces=", ".join(others))
        elif called != name:
            holders = {source_of(one) for one in self._points.get(called, ())} - {entry.source}
            if called in self._from_files:
                holders.add(self._from_files[called].source)
            entry = self._allowed(entry, ", ".join(sorted(holders)))
        known = self._offered.setdefault(called, entry)
        return entry if known.source == entry.source else self._allowed(entry, known.source)

    def _allowed(self, entry: MethodEntry, holder: str) -> MethodEntry:
        """``entry``, marked if it takes the name of ``holder``'s method."""
        if not holder:
            return entry
        if not self._allows_override:
            raise MethodError(
                f"{entry.source}: its method calls itself {entry.info.name!r}, which is the name of a method of "
                f"{holder}; give it another name, or give --allow-override to use it instead"
            )
        return replace(entry, replaces=holder)


def _as_entry(offered: Any, source: str, point: EntryPoint) -> MethodEntry:
    if is_own(point):
        return as_entry(offered, source)
    return as_entry(offered, source, partial(code_of, point.dist, point.value))


def _entries_of_file(path: Path) -> list[MethodEntry]:
    plugin = PluginFile(path)
    found = [value for value in vars(plugin.module).values() if declared_info(value) is not None]
    own = [value for value in found if isinstance(value, MethodEntry) or value.__module__ == plugin.module.__name__]
    if not own and not kinds_in(plugin.module):
        raise MethodError(f"plugin file {path}: no method in it; put @method('name') above a function or class")
    return [_entry_of_file(value, plugin) for value in own]


def _entry_of_file(value: Any, plugin: PluginFile) -> MethodEntry:
    entry = as_entry(value, str(plugin.shown), plugin.code)
    return replace(entry, importer=plugin.import_module)
