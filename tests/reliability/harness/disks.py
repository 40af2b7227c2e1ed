"""Small disks that can be filled and made read-only: tmpfs, where this user may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096


class UnavailableError(Exception):
    """This user may not mount a file system."""


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of ``size`` bytes, mounted at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=60)


def set_read_only(disk: Path, read_only: bool) -> None:
    """Make a mounted disk read-only, or writable again."""
    _mount("-o", f"remount,{'ro' if read_only else 'rw'}", str(disk))


def fill(disk: Path, leave: int) -> Path:
    """Fill ``disk`` up to ``leave`` free pages; returns the file that takes the room."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(PAGE)) == PAGE:
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave * PAGE))
    return ballast


def _mount(*words: str) -> None:
    try:
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError as error:
        raise UnavailableError("there is no mount command") from error
    if done.returncode:
        raise UnavailableError(done.stderr.strip())
