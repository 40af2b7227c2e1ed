"""Which runs are ablations: variants of a method that stand in its paper's tables and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from iqabench._util.errors import UserError
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry

IsAblation = Callable[[str, Mapping[str, Any], bool], bool]
"""True if a run is an ablation: by the name of its method, its settings, and whether its code is from outside."""


def ablation_test() -> IsAblation:
    """A function that asks the declarations of the methods that are installed here; no weights are needed.

    A method that is not installed, or whose declaration cannot be imported, has no ablations.
    """
    registry = Registry()
    known = set(registry.names())

    @cache
    def declared(name: str) -> MethodEntry | None:
        try:
            return registry.get(name) if name in known else None
        except UserError:
            return None

    def is_ablation(name: str, settings: Mapping[str, Any], foreign: bool) -> bool:
        entry = declared(name)
        # What a plugin file computed under the name of one of ours is no variant of ours.
        if entry is None or entry.foreign != foreign:
            return False
        main = entry.info.main_settings
        return entry.info.ablation or (bool(main) and not any(_agrees(settings, one) for one in main))

    return is_ablation


def _agrees(settings: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """True if nothing that a run states of itself differs; what it does not state is as usual."""
    return all(settings.get(name, value) == value for name, value in wanted.items())
