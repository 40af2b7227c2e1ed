"""Finds methods: built-in ones, installed plugins and plugin files, all through the same door.

A distribution offers methods in the entry-point group ``iqabench.methods`` (name -> what ``@method``
or ``declare`` made) and whole families, named ``family:member``, in ``iqabench.method_families``.
Nothing is imported before it is asked for.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from iqabench.contract import MethodEntry, as_entry, declared_info
from iqabench.errors import MethodError
from iqabench.synthesis.contract import declared_restorer

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
    """Methods by name. ``problems`` collects what could not be imported, by name, with the reason."""

    plugin_files: tuple[Path, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._points = {point.name: point for point in entry_points(group=METHODS_GROUP)}
        self._families = {point.name: point for point in entry_points(group=FAMILIES_GROUP)}
        self._from_files: dict[str, MethodEntry] = {}
        for path in self.plugin_files:
            for entry in _entries_of_file(path):
                self._from_files[entry.info.name] = entry

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
        return _distribution(self._points[name])

    def is_builtin(self, name: str) -> bool:
        """True for methods of this distribution, whose declarations import no torch."""
        point = self._points.get(name)
        return point is not None and point.dist is not None and point.dist.name == "iqabench"

    def get(self, name: str) -> MethodEntry:
        """The method called ``name``, or ``family:member``.

        Raises
        ------
        MethodError
            If there is none (with a suggestion), or its plugin cannot be imported.
        """
        if name in self._from_files:
            return self._from_files[name]
        if name in self._points:
            return as_entry(_load(self._points[name]), _distribution(self._points[name]))
        family, colon, member = name.partition(":")
        if colon and family in self._families:
            offered: MethodFamily = _load(self._families[family])
            return as_entry(offered.entry(member), f"{family} family")
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


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # a plugin may fail in any way, and must not take the others along
        raise MethodError(
            f"method {point.name!r} of {_distribution(point)} cannot be imported ({point.value}): "
            f"{type(error).__name__}: {error}"
        ) from error


def _entries_of_file(path: Path) -> list[MethodEntry]:
    module = import_plugin_file(path)
    found = [value for value in vars(module).values() if declared_info(value) is not None]
    own = [value for value in found if isinstance(value, MethodEntry) or value.__module__ == module.__name__]
    if not own and not any(declared_restorer(value) for value in vars(module).values()):
        raise MethodError(f"plugin file {path}: no method in it; put @method('name') above a function or class")
    return [as_entry(value, str(path)) for value in own]


def import_plugin_file(path: Path) -> ModuleType:
    """Import a Python file as a module of its own. Raises MethodError if there is none or it fails."""
    if not path.is_file():
        raise MethodError(f"plugin file {path} does not exist")
    name = f"iqabench_plugin_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise MethodError(f"plugin file {path}: not a Python file; its name must end in .py")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise MethodError(f"plugin file {path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
