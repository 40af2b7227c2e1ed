"""The one registry of methods, restorers and data sets: what installed distributions and plugin files offer, by name.

A distribution offers things of a kind in the kind's entry-point group: name -> what the kind's decorator or
declaration made. A plugin file holds them as they are. Nothing of a distribution is imported before it is asked for. A
name that two of them offer is refused: what a name means must not depend on which one is found first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from iqabench._util.errors import UserError
from iqabench._util.offers import is_own, load, offers, only, source_of
from iqabench._util.plugins import PluginFile, PluginFiles
from iqabench._util.text import nearest


class Info(Protocol):
    """What a declaration says."""

    @property
    def name(self) -> str:
        """The name that the thing calls itself."""
        ...


class Offered(Protocol):
    """A thing of a registry: its declaration, and who offers it."""

    @property
    def info(self) -> Info:
        """Its declaration."""
        ...

    @property
    def source(self) -> str:
        """Distribution and version, or the plugin file."""
        ...


Entry = TypeVar("Entry", bound=Offered)


class OfferRegistry(ABC, Generic[Entry]):
    """Things of one kind by name. ``problems`` collects what could not be imported, by name, with the reason.

    Raises
    ------
    UserError
        If a plugin file cannot be imported, or takes a name that another one has. :class:`PluginFiles` may allow that:
        files go before distributions, of two files the later one, of two distributions the one that is not iqabench.
    """

    kind: ClassVar[str]
    """What an ``iqabench_kind`` says: ``method``, ``restorer`` or ``dataset``."""
    word: ClassVar[str]
    """The kind, for people."""
    all_of_them: ClassVar[str]
    """How to see all of the kind."""
    group: ClassVar[str]
    """Entry points."""
    error: ClassVar[type[UserError]]

    def __init__(self, plugin_files: Iterable[Path] = ()) -> None:
        self.plugin_files = plugin_files if isinstance(plugin_files, PluginFiles) else PluginFiles(plugin_files)
        self.problems: dict[str, str] = {}
        self._points = offers(self.group)
        self._from_files: dict[str, Entry] = {}
        self._loaded: dict[str, Entry] = {}
        self._offered: dict[str, Entry] = {}
        """By the name that each calls itself."""
        for plugin in self.plugin_files.opened():
            for value in self._declared_in(plugin):
                self._add(self.entry_of_file(value, plugin))

    @abstractmethod
    def made(self, value: Any, source: str) -> Entry:
        """What an entry point names or a file declares, as an entry; raises ``error`` for anything else."""

    def entry(self, offered: Any, source: str, point: EntryPoint) -> Entry:
        """What an entry point names, as an entry."""
        return self.made(offered, source)

    def entry_of_file(self, value: Any, plugin: PluginFile) -> Entry:
        """What a plugin file declares, as an entry."""
        return self.made(value, str(plugin.shown))

    def replacing(self, entry: Entry, holder: str) -> Entry:
        """``entry``, which takes the name of one that ``holder`` offers."""
        return entry

    def names(self) -> list[str]:
        """Every name that :meth:`get` knows."""
        return sorted({*self._points, *self._from_files})

    def installed_names(self) -> list[str]:
        """Names that installed distributions offer, plugin files left out."""
        return sorted(self._points)

    def file_names(self) -> list[str]:
        """Names that the plugin files offer."""
        return sorted(self._from_files)

    def foreign_names(self) -> list[str]:
        """Names by which one gets what plugin files or other distributions offer."""
        return sorted({*self._from_files, *(name for name, points in self._points.items() if not is_own(points[-1]))})

    def source(self, name: str) -> str:
        """Distribution and version, or file, that offers ``name``; imports nothing."""
        if name in self._from_files:
            return self._from_files[name].source
        return source_of(self._points[name][-1])

    def is_builtin(self, name: str) -> bool:
        """True for names of this distribution, whose declarations import no torch."""
        return any(is_own(point) for point in self._points.get(name, ()))

    def get(self, name: str) -> Entry:
        """What is called ``name``.

        Raises
        ------
        UserError
            If there is none (with a suggestion), its plugin cannot be imported, or another one has the name, too.
        """
        if name in self._from_files:
            return self._from_files[name]
        if name not in self._points:
            raise self.unknown(name, self.names())
        if name not in self._loaded:
            self._loaded[name] = self._of_distribution(name)
        return self._loaded[name]

    def unknown(self, name: str, known: list[str]) -> UserError:
        """The error that says there is no ``name``, and which of the ``known`` ones may be meant."""
        near = nearest(name.lower(), known)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return self.error(f"there is no {self.word} {name!r}.{hint} {self.all_of_them}.")

    def entries(self, names: Iterable[str] | None = None) -> Iterator[Entry]:
        """Entries of ``names`` (default: all), each thing once; what fails is kept in ``problems``."""
        seen: set[str] = set()
        for name in names if names is not None else self.names():
            try:
                entry = self.get(name)
            except self.error as error:
                self.problems[name] = str(error)
                continue
            if entry.info.name not in seen:
                seen.add(entry.info.name)
                yield entry

    def holder_of(self, name: str) -> str:
        """Who offers ``name`` already; empty for nobody."""
        if name in self._from_files:
            return self._from_files[name].source
        points = self._points.get(name, ())
        return source_of(points[-1]) if points else ""

    def only(self, name: str, points: tuple[EntryPoint, ...]) -> EntryPoint:
        """The one of ``points`` that counts; see :func:`iqabench._util.offers.only`."""
        return only(name, points, self.plugin_files.allow_override, self.error)

    def load(self, point: EntryPoint) -> Any:
        """What ``point`` names, imported; see :func:`iqabench._util.offers.load`."""
        return load(point, self.word, self.error)

    def _declared_in(self, plugin: PluginFile) -> list[Any]:
        """What of this kind the file itself declares.

        Raises
        ------
        UserError
            If it declares nothing of any kind.
        """
        declared = declared_in(plugin.module)
        if not declared:
            raise self.error(
                f"plugin file {plugin.shown}: no {self.word} in it; put @{self.kind}('name') above a function"
                f"{' or class' * (self.kind == 'method')}"
            )
        return [value for value in declared if kind_of(value) == self.kind]

    def _add(self, entry: Entry) -> None:
        """Take in what a plugin file declares."""
        self._from_files[entry.info.name] = self._allowed(entry, self.holder_of(entry.info.name))

    def _of_distribution(self, name: str) -> Entry:
        point = self.only(name, self._points[name])
        others = [source_of(one) for one in self._points[name] if one is not point]
        entry = self.entry(self.load(point), source_of(point), point)
        called = entry.info.name
        if others:
            entry = self.replacing(entry, ", ".join(others))
        elif called != name:
            holders = {source_of(one) for one in self._points.get(called, ())} - {entry.source}
            if called in self._from_files:
                holders.add(self._from_files[called].source)
            entry = self._allowed(entry, ", ".join(sorted(holders)))
        known = self._offered.setdefault(called, entry)
        return entry if known.source == entry.source else self._allowed(entry, known.source)

    def _allowed(self, entry: Entry, holder: str) -> Entry:
        """``entry``, marked if it takes the name of what ``holder`` offers; raises ``error`` if it may not."""
        if not holder:
            return entry
        if not self.plugin_files.allow_override:
            raise self.error(
                f"{entry.source}: its {self.word} calls itself {entry.info.name!r}, which is the name of a "
                f"{self.word} of {holder}; give it another name, or give --allow-override to use it instead"
            )
        return self.replacing(entry, holder)


def kind_of(value: Any) -> str:
    """The kind of thing that ``value`` declares, itself or by its ``info``; empty for anything else."""
    kind = getattr(value, "iqabench_kind", None) or getattr(getattr(value, "info", None), "iqabench_kind", None)
    return kind if isinstance(kind, str) else ""


def declared_in(module: ModuleType) -> list[Any]:
    """What a plugin's module declares of any kind; functions and classes that it imported are not its own."""
    found = [value for value in list(vars(module).values()) if kind_of(value)]
    return [one for one in found if not hasattr(one, "__name__") or one.__module__ == module.__name__]
