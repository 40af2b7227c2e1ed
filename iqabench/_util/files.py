"""Writing to disk so that a kill, a full disk or another process never leaves half a file under its own name."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import BaseFileLock, FileLock, Timeout

from iqabench._util.errors import StorageError

UNFINISHED = ".part"
"""Ending of files that are being written; such a file is never read."""

LOCK_FILE = ".lock"
_POLL_SECONDS = 0.2

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than files may be here",
}
_REFUSED = {errno.EROFS: "the disk is read-only", errno.EACCES: "permission denied", errno.EPERM: "permission denied"}


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that readers see the old one or the whole new one, also after a crash.

    Raises
    ------
    StorageError
        If it cannot be written; the old file, if there was one, is then still there.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:  # once it is moved there is nothing under this name; after an interruption there may be
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def append_lines(path: Path, text: str) -> None:
    """Append whole lines, on disk before this returns. What a killed process left of a last line is cut off first.

    The caller holds the lock of the folder.

    Raises
    ------
    StorageError
        If they cannot be written; the file then holds what it held before.
    """
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            end = _end_of_last_line(file)
            file.truncate(end)
            try:
                rest = memoryview(text.encode())
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise


def read_whole_lines(path: Path) -> str:
    """The text up to the last line end: what a crash left of a line after it is not read. ``""`` without the file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    return content[: content.rfind(b"\n") + 1].decode()


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-written. The caller holds the lock of the folder."""
    for left in folder.glob(f"*{UNFINISHED}"):
        left.unlink(missing_ok=True)


def storage_error(path: Path, error: OSError) -> StorageError:
    """One clear message for a file that cannot be written: which, why, and what to do."""
    number = error.errno or 0
    if number in _FULL:
        why, advice = _FULL[number], "make room there (or name another folder) and give the same command again"
    else:
        why = _REFUSED.get(number) or error.strerror or str(error)
        advice = "allow writing there, or name another folder, and give the same command again"
    return StorageError(f"{path} cannot be written: {why}; what was finished before is kept: {advice}")


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an error of the disk inside into a :class:`StorageError` about ``path``."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


@contextmanager
def locked(folder: Path, what: str, say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock of ``folder``; if another process holds it, ``say`` so (None: what takes no time) and wait.

    The lock is the kernel's: that of a process that died, however it died, is free.
    """
    lock = try_lock(folder)
    if lock is None:
        if say is not None:
            say(f"{what}: another process is at it; waiting for it to finish ({folder})")
        lock = _lock(folder)
        with storing(folder / LOCK_FILE):
            lock.acquire(poll_interval=_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def try_lock(folder: Path) -> BaseFileLock | None:
    """The lock of ``folder``, acquired; None if another process holds it. The folder is made if need be."""
    with storing(folder / LOCK_FILE):
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return None
    return lock


def _lock(folder: Path) -> BaseFileLock:
    return FileLock(folder / LOCK_FILE)


def _end_of_last_line(file: BinaryIO) -> int:
    """Where the last whole line ends; looks back from the end a block at a time."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 4096)
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
