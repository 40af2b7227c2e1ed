"""What ``iqabench list methods`` says of one method, as data and as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iqabench._util.text import printable

if TYPE_CHECKING:
    from iqabench.methods.contract import MethodEntry
    from iqabench.methods.registry import Registry

WIDTH = 12


def summary_row(name: str, entry: MethodEntry, source: str) -> dict[str, Any]:
    """One row of the list of all methods: what its declaration says, without importing its code."""
    info = entry.info
    return {
        "name": name,
        "alias_of": info.name if info.name != name else None,
        "paradigms": [str(one) for one in info.paradigms],
        "better": "lower" if info.lower_is_better else "higher",
        "trained": info.trainable,
        "version": info.version,
        "source": source,
        "summary": info.summary,
    }


def method_facts(name: str, registry: Registry) -> dict[str, Any]:
    """All that is known of one method. Its code is imported, for the parameters; no weights are loaded.

    Raises
    ------
    UserError
        If there is no such method (with a suggestion), or its code cannot be imported.
    """
    entry = registry.get(name)
    info = entry.info
    return {
        **summary_row(name, entry, entry.source),
        "parameters": entry.parameters(),
        "must_be_given": list(info.requires),
        "weights": list(info.weights),
        "weights_trained_on": list(info.trained_on),
        "references_in_training": list(info.training_references) if info.trainable else [],
        "minimum_size": info.minimum_size,
        "differentiable": info.differentiable,
        "limits": list(info.limits),
        "ablation": info.ablation,
        "citation": info.citation,
    }


def method_text(facts: Mapping[str, Any]) -> str:
    """The facts of :func:`method_facts`, a line each."""
    name, needed = facts["name"], facts["must_be_given"]
    alias = f" (same as {facts['alias_of']})" if facts["alias_of"] else ""
    size = facts["minimum_size"]
    lines = [
        f"{name}{alias}: {facts['summary']}",
        _line("sees", "/".join(facts["paradigms"])),
        _line("better", facts["better"]),
        _line("trained", "on the split that it is run on" if facts["trained"] else "no"),
        _line("weights", _weights(facts)),
        _line("least size", f"{size} × {size} pixels"),
        *([_line("as a loss", f"iqabench.loss({name!r}): its gradient is checked")] if facts["differentiable"] else []),
        *(_line("limit", one) for one in facts["limits"]),
        *([_line("ablation", "leaderboards leave it out; --with-ablations shows it")] if facts["ablation"] else []),
        _line("version", f"{facts['version']} ({facts['source']})"),
        *(_line("--set", f"{name}.{one}={_shown(value, one in needed)}") for one, value in facts["parameters"].items()),
        *facts["citation"].strip().splitlines(),
    ]
    return "\n".join(printable(line) for line in lines)


def _line(head: str, said: str) -> str:
    return f"  {head:{WIDTH}}{said}"


def _weights(facts: Mapping[str, Any]) -> str:
    data = f" (trained on {', '.join(facts['weights_trained_on'])})" if facts["weights_trained_on"] else ""
    return f"{', '.join(facts['weights']) or 'none'}{data}"


def _shown(default: Any, must_be_given: bool) -> str:
    """A default as ``--set`` takes it."""
    if must_be_given:
        return "...  (must be given)"
    if default is None:
        return "...  (no fixed default: the method chooses)"
    return default if isinstance(default, str) and default else json.dumps(default)
