"""Which pretrained weights a method has loaded: noted where they are loaded, so that no method can forget it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from iqabench._util.errors import WeightsError

HELD = " (tensors)"
"""How the name of weights ends that were found in a method from outside, whose code loads or makes them itself."""
READ = " (read)"
"""Ends the name of a file beside a plugin that was read to build a method."""

_notebooks: ContextVar[tuple[dict[str, str], ...]] = ContextVar("notebooks", default=())


@contextmanager
def recording() -> Iterator[dict[str, str]]:
    """Collect the SHA-256, by name, of the weights that are loaded inside; within another one, both collect."""
    found: dict[str, str] = {}
    token = _notebooks.set((*_notebooks.get(), found))
    try:
        yield found
    finally:
        _notebooks.reset(token)


def record(name: str, sha256: str) -> None:
    """Note that the weights called ``name`` were loaded; without :func:`recording` nothing happens."""
    for notebook in _notebooks.get():
        notebook[name] = sha256


def starting_digests(names: Iterable[str]) -> dict[str, str | None]:
    """SHA-256 of each of the weights ``names``, None for one that cannot be had here."""
    from iqabench.weights.resolve import load_with_origin

    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = load_with_origin(name)[1].sha256
        except WeightsError:
            found[name] = None
    return found
