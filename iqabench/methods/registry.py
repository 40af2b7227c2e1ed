"""Finds methods: built-in ones, installed plugins and plugin files, all in the same way.

Beside the methods in its entry-point group ``iqabench.methods`` a distribution may offer whole families, named
``family:member``, in ``iqabench.method_families``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol

from iqabench._util.errors import MethodError
from iqabench._util.offers import is_own, offers, source_of
from iqabench._util.plugins import PluginFile
from iqabench._util.registry import OfferRegistry
from iqabench.methods.code import code_of
from iqabench.methods.contract import MethodEntry, as_entry

FAMILIES_GROUP = "iqabench.method_families"


class MethodFamily(Protocol):
    """Methods that are made by name, such as everything that another metric library offers."""

    def names(self) -> list[str]:
        """Members that can be had here, without the family's prefix."""
        ...

    def offered(self) -> Iterable[str]:
        """Every member's name, also of those that want an extra; imports nothing heavy."""
        ...

    def needs(self) -> str:
        """The command that installs what the members want; empty where it is there."""
        ...

    def entry(self, member: str) -> MethodEntry:
        """The method of that name; raises MethodError if there is none."""
        ...


class Registry(OfferRegistry[MethodEntry]):
    """Methods by name, and members of families as ``family:member``."""

    kind = word = "method"
    all_of_them = "'iqabench list methods' shows all"
    group = "iqabench.methods"
    error = MethodError

    def __init__(self, plugin_files: Iterable[Path] = ()) -> None:
        self._families = offers(FAMILIES_GROUP)
        super().__init__(plugin_files)

    def made(self, value: Any, source: str) -> MethodEntry:
        """A method of ours."""
        return as_entry(value, source)

    def entry(self, offered: Any, source: str, point: EntryPoint) -> MethodEntry:
        """The method, with what says which code it is if it is not ours."""
        if is_own(point):
            return self.made(offered, source)
        return as_entry(offered, source, partial(code_of, point.dist, point.value))

    def entry_of_file(self, value: Any, plugin: PluginFile) -> MethodEntry:
        """A method of a plugin file."""
        return replace(
            as_entry(value, str(plugin.shown), plugin.code), importer=plugin.import_module, folder=plugin.folder
        )

    def replacing(self, entry: MethodEntry, holder: str) -> MethodEntry:
        """The method, whose notes say whose name it takes."""
        return replace(entry, replaces=holder)

    def family_names(self) -> list[str]:
        """Families, used as ``family:member``."""
        return sorted(self._families)

    def family(self, name: str) -> MethodFamily:
        """The family called ``name``. Raises MethodError if it cannot be imported, or two distributions offer it."""
        found: MethodFamily = self.load(self.only(name, self._families[name]))
        return found

    def get(self, name: str) -> MethodEntry:
        """The method called ``name``, or ``family:member``.

        Raises
        ------
        MethodError
            If there is none (with a suggestion), its plugin cannot be imported, or another one has the name, too.
        """
        family, colon, member = name.partition(":")
        if name not in self.names() and colon and family in self._families:
            point = self.only(family, self._families[family])
            return self.entry(self.family(family).entry(member), f"{family} family", point)
        return super().get(name)

    def unknown(self, name: str, known: list[str]) -> MethodError:
        """The error for an unknown name: what a family offers under that very name, else the names nearest to it."""
        if name in self.family_names():
            return MethodError(f"{name} is a library: write {name}:NAME; {self.all_of_them}, with the NAMEs it offers")
        wanted = _plain(name.rpartition(":")[2])
        meant = [one for one in known if _plain(one) == wanted]
        needed = []
        for family in self.family_names() if not meant else ():
            members = [f"{family}:{one}" for one in self.family(family).offered() if _plain(one) == wanted]
            meant += members
            if members and (command := self.family(family).needs()):
                needed.append(f" {members[0]} needs an extra: {command}.")
        if not meant:
            own = "" if self.plugin_files else " A method in a file of your own needs --plugin FILE.py."
            return MethodError(f"{super().unknown(name, known)}{own}")
        hint = f"Did you mean {' or '.join(meant)}?{''.join(needed)}"
        return MethodError(f"there is no method {name!r}. {hint} {self.all_of_them}.")

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

    def holder_of(self, name: str) -> str:
        """Who offers ``name`` already, if only as a member of a family."""
        family, colon, _ = name.partition(":")
        if colon and family in self._families and not super().holder_of(name):
            return source_of(self._families[family][-1])
        return super().holder_of(name)


def _plain(name: str) -> str:
    """``name`` as it is compared with what somebody typed: ``MS_SSIM`` is ``ms-ssim``."""
    return name.lower().replace("_", "").replace("-", "")
