"""Is there room on the disk, before anything is written?"""

from __future__ import annotations

import shutil
from pathlib import Path

from iqabench._util.errors import StorageError

SPARE_BYTES = 64 * 2**20
"""Left free for others."""


def in_words(count: float) -> str:
    """A number of bytes for people.

    >>> in_words(5_820_000_000)
    '5.8 GB'
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def require_room(folder: Path, count: int, what: str) -> None:
    """Raise StorageError if the disk of ``folder`` (which exists) has less than ``count`` bytes to give."""
    free = shutil.disk_usage(folder).free
    if count + SPARE_BYTES > free:
        raise StorageError(
            f"{what}: it needs {in_words(count)} in {folder}, where {in_words(free)} are free: make room there, or "
            "name a folder on another disk, and give the same command again"
        )
