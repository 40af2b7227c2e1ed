"""Finds what installed distributions register as entry points: methods, restorers, importers and papers."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any

OWN = "iqabench"
"""This distribution, whose code its version names."""


def offers(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points of a group by name, our own first; the same one found twice on the path counts once."""
    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for point in sorted(entry_points(group=group), key=lambda point: not is_own(point)):
        found.setdefault(point.name, {}).setdefault((_owner(point)[0], point.value), point)
    return {name: tuple(points.values()) for name, points in found.items()}


def is_own(point: EntryPoint) -> bool:
    """True if this distribution offers it: whatever it names is built in."""
    return _owner(point)[0] == OWN


def source_of(point: EntryPoint) -> str:
    """Distribution and version that offer it, for people."""
    return " ".join(_owner(point)) if point.dist else point.value


def _owner(point: EntryPoint) -> tuple[str, str]:
    """Name and version of the distribution that offers it; both empty for none."""
    return _name_and_version(point.dist) if point.dist is not None else ("", "")


@lru_cache(maxsize=64)
def _name_and_version(owner: Distribution) -> tuple[str, str]:
    """Read once: each look at a distribution's name parses all its metadata."""
    return owner.name, owner.version


def only(name: str, points: tuple[EntryPoint, ...], allow_override: bool, error: type[Exception]) -> EntryPoint:
    """The one of ``points`` that counts: of two the later, which is not ours, if a plugin may take another's name.

    Raises
    ------
    error
        If it may not: what a name means must not depend on which one is found.
    """
    if len(points) > 1 and not allow_override:
        told = " and ".join(source_of(point) for point in points)
        raise error(
            f"{name} is offered by {told}, and its scores would depend on which one is found; uninstall one, or "
            "give --allow-override to use that of the plugin"
        )
    return points[-1]


def load(point: EntryPoint, kind: str, error: type[Exception]) -> Any:
    """What the entry point names, imported.

    Raises
    ------
    error
        If that fails, in whatever way: a plugin must not take the others along. The message says which ``kind`` of
        thing it was, and whose.
    """
    try:
        return point.load()
    except (Exception, SystemExit) as failure:
        raise error(
            f"{kind} {point.name!r} of {source_of(point)} cannot be imported ({point.value}): "
            f"{type(failure).__name__}: {failure}"
        ) from failure
