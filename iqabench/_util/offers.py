"""Finds what installed distributions register as entry points: methods, restorers, importers and papers."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, EntryPoints, entry_points
from pathlib import Path
from typing import Any

OWN = "iqabench"
"""This distribution, whose code its version names."""


def offers(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points of a group by name, our own first; the same one found twice on the path counts once."""
    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    path = tuple(sys.path)
    points = _registered(path, tuple(map(_changed, path))).get(group, ())
    for point in sorted(points, key=lambda point: not is_own(point)):
        found.setdefault(point.name, {}).setdefault((_owner(point)[0], point.value), point)
    return {name: tuple(points.values()) for name, points in found.items()}


@lru_cache(maxsize=4)
def _registered(path: tuple[str, ...], changed: tuple[int | None, ...]) -> dict[str, EntryPoints]:
    """The toolkit's entry points by group: commands ask a hundred times, and a look at all distributions takes 11 ms.

    ``path`` is ``sys.path``, ``changed`` when each of its folders last was: what was installed since is found.
    """
    found = entry_points()
    return {group: found.select(group=group) for group in found.groups if group.startswith(f"{OWN}.")}


def _changed(folder: str) -> int | None:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return None


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
