"""Hosts that could not be reached: within one command each costs one timeout, however many files are asked of it."""

from __future__ import annotations

import socket
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from iqabench._util import waiting
from iqabench._util.errors import FetchError

_NEVER_CONNECTED = (
    *("NewConnectionError", "ConnectTimeoutError", "ConnectTimeout", "ConnectError", "NameResolutionError"),
    "ProxyError",
)
"""Errors of urllib3, requests and httpx, by name: none of the three is imported for this."""

_unreachable: dict[str, str] | None = None
"""By host and port, why; None outside of a command, where nothing is remembered."""


class UnreachableError(FetchError):
    """The host did not answer a moment ago."""


@contextmanager
def remembered() -> Iterator[None]:
    """Within one command, remember which hosts cannot be reached."""
    global _unreachable
    before, _unreachable = _unreachable, {} if _unreachable is None else _unreachable
    try:
        yield
    finally:
        _unreachable = before


@contextmanager
def asking(address: str) -> Iterator[None]:
    """Ask the host of ``address``, and remember it if no connection comes about.

    Raises
    ------
    UnreachableError
        At once, if it is known that the host cannot be reached.
    """
    host = urlsplit(address).netloc.rpartition("@")[2]
    if _unreachable is not None and host in _unreachable:
        raise UnreachableError(f"{host} was not tried again: it cannot be reached ({_unreachable[host]})")
    try:
        with waiting.at(f"asking {host}"):
            yield
    except Exception as error:
        if _unreachable is not None and (reason := _never_connected(error)):
            _unreachable[host] = reason
        raise


def in_one_line(error: Exception) -> str:
    """The kind of the error and what it says first, in whole words.

    >>> in_one_line(KeyError("content-type"))
    "KeyError: 'content-type'"
    """
    said = f"{type(error).__name__}: {error}".strip().split("\n")[0]
    return textwrap.shorten(said, 160, break_on_hyphens=False, placeholder=" ...").removesuffix(":")


def _never_connected(error: BaseException) -> str:
    """The kind of the error, or of what it rests on, if there was no connection; else empty."""
    seen: set[int] = set()
    waiting_for: list[object] = [error]
    while waiting_for:
        one = waiting_for.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ConnectionRefusedError | socket.gaierror) or type(one).__name__ in _NEVER_CONNECTED:
            return type(one).__name__
        waiting_for += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return ""
