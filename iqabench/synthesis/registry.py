"""Finds restorers: built-in ones, installed plugins and plugin files."""

from __future__ import annotations

from typing import Any

from iqabench._util.errors import MethodError
from iqabench._util.registry import OfferRegistry
from iqabench.synthesis.contract import RestorerEntry, as_restorer


class RestorerRegistry(OfferRegistry[RestorerEntry]):
    """Restorers by name."""

    kind = word = "restorer"
    all_of_them = "'iqabench list restorers' shows all"
    group = "iqabench.restorers"
    error = MethodError

    def made(self, value: Any, source: str) -> RestorerEntry:
        """A restorer."""
        return as_restorer(value, source)
