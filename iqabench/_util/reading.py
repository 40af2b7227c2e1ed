"""Which files beside a plugin are read while it is imported or a method of it is built: its scores rest on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from iqabench._util.hashing import file_digest

SOURCES = (".py", ".pyc")
"""Ends of files that count as code, which is hashed anyway."""
WRITING = set("wax+")

_listening: list[set[str]] = []


@contextmanager
def files_read(folder: Path) -> Iterator[dict[str, str]]:
    """Collect the SHA-256 of every file below ``folder`` that is opened for reading inside, by its relative path.

    Python itself tells of each file it opens (its audit event ``open``); a library that opens files by other means,
    such as safetensors, is not seen. The dictionary is filled at the end.
    """
    _listen()
    opened: set[str] = set()
    found: dict[str, str] = {}
    _listening.append(opened)
    try:
        yield found
    finally:
        _listening.remove(opened)
        for place in sorted({Path(name).resolve() for name in opened}):
            if place.is_relative_to(folder) and place.suffix not in SOURCES and place.is_file():
                found[place.relative_to(folder).as_posix()] = file_digest(place)


@cache
def _listen() -> None:
    """Python keeps an audit hook until the process ends, so there is one, which costs little where nobody listens."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _listening or event != "open":
        return
    path, mode = arguments[:2]
    if isinstance(path, str | bytes | os.PathLike) and not WRITING & set(mode or "r"):
        for opened in list(_listening):
            opened.add(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100  a hook must not touch the disk
