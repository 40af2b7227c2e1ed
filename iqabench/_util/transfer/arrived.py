"""A file that has arrived: what it is, its digest, and whether it is a web page instead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from iqabench._util.errors import FetchError
from iqabench._util.transfer.places import LocalFile, Place

ByteProgress = Callable[[int, int | None], None]
"""Called with the bytes there in all so far, and the bytes expected (None where unknown). It may raise to stop."""


class Arrived(NamedTuple):
    """A file on this disk, and where it came from."""

    path: Path
    origin: str
    revision: str = ""
    """Commit of the hub's repository, where it came from there."""


def no_progress(received: int, expected: int | None) -> None:
    """Report nothing."""


def file_sha256(path: Path, progress: ByteProgress = no_progress) -> str:
    """SHA-256 of a file, in hexadecimal."""
    total, size, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            total.update(piece)
            done += len(piece)
            progress(done, size)
    return total.hexdigest()


def require_digest(path: Path, beginning: str, place: Place) -> None:
    """Compare the SHA-256 of a file with how it should begin (``""``: unknown); another one that came is deleted.

    Raises
    ------
    FetchError
        If it is another file, or a web page.
    """
    require_no_page(path, place)
    if beginning and not (found := file_sha256(path)).startswith(beginning):
        _delete(path, place)
        raise FetchError(f"{place}: another file: its SHA-256 is {found[:16]}..., expected {beginning[:16]}...")


def require_no_page(path: Path, place: Place) -> None:
    """Refuse a web page in place of a file, and delete it: a quota page, a login, a proxy's answer.

    Raises
    ------
    FetchError
        If it is one.
    """
    with path.open("rb") as file:
        start = file.read(512).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        _delete(path, place)
        raise FetchError(
            f"{place}: a web page came in place of the file (a login, a quota page, or a proxy): open {place.manual} "
            "in a browser"
        )


def _delete(path: Path, place: Place) -> None:
    """Delete what came, so that it is fetched anew; never a file of the user's."""
    if not isinstance(place, LocalFile):
        path.unlink()
