"""Finds restorers: built-in ones, installed plugins and plugin files."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from iqabench._util.errors import MethodError
from iqabench._util.plugins import PluginFile
from iqabench._util.registry import OfferRegistry
from iqabench.synthesis.contract import RestorerEntry, as_restorer


class RestorerRegistry(OfferRegistry[RestorerEntry]):
    """Restorers by name."""

    kind = word = "restorer"
    all_of_them = "'iqabench list restorers' shows all"
    group = "iqabench.restorers"
    error = MethodError

    def entry(self, offered: Any, source: str, point: EntryPoint) -> RestorerEntry:
        """What an entry point names, as a restorer."""
        return as_restorer(offered, source)

    def entry_of_file(self, value: Any, plugin: PluginFile) -> RestorerEntry:
        """A restorer of a plugin file."""
        return as_restorer(value, str(plugin.shown))
