"""Files that the user named: what is there already (a link, a pipe, a device) stays what it is and gets the content.

A regular file is replaced in one step and keeps its permissions and owner; so is the target of a symbolic link. Pipes,
terminals, other devices and sockets are opened and written. ``/dev/stdout`` and ``/dev/fd/N`` are the open files that
they name. What iqabench keeps for itself is written by :mod:`iqabench._util.files`.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import socket
import stat
from contextlib import suppress
from pathlib import Path

from iqabench._util import streams
from iqabench._util.errors import StorageError
from iqabench._util.files import UNFINISHED, storage_error

STANDARD_OUTPUT = Path("/dev/stdout")
"""What ``-`` stands for on the command line; known by this name on every system."""

_DESCRIPTOR = re.compile(rf"/dev/fd/(\d+)|/proc/(?:self|thread-self|{os.getpid()})/fd/(\d+)")
_STANDARD = {STANDARD_OUTPUT: 1, Path("/dev/stderr"): 2}
_MOST_LINKS = 40
_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)
"""Errors of making or moving a neighbour that say nothing about the file itself, which may be writable."""


def write_through(path: Path, content: str | bytes) -> None:
    """Write ``content`` to the file, pipe, device or socket at ``path``.

    Text becomes UTF-8; on standard output it is printed as any other, in the encoding of the terminal. A folder
    that is missing is made. A file whose folder cannot be written, but which itself can, is written in place.

    Raises
    ------
    StorageError
        If it cannot be written; a regular file is then as it was before.
    BrokenPipeError
        If it is a pipe or a socket whose reader is gone.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        number = _descriptor(path)
        if number == 1:
            _print(content)
            return
        if number is not None:
            _write_all(number, data)
            return
        kind = _kind(path)
        if kind in (0, stat.S_IFREG):
            _replace(Path(os.path.realpath(path)), data)
        elif kind == stat.S_IFDIR:
            raise StorageError(f"{path} is a folder; name a file in it")
        elif kind == stat.S_IFBLK:
            raise StorageError(f"{path} is a disk; name a file")
        elif kind == stat.S_IFSOCK:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(os.fspath(path))
                connection.sendall(data)
        else:
            with path.open("wb", buffering=0) as file:
                _write_all(file.fileno(), data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise storage_error(path, error) from error


def is_file(path: Path) -> bool:
    """True if ``path`` is a regular file or nothing yet, so that other files may lie beside it."""
    try:
        return _descriptor(path) is None and _kind(path) in (0, stat.S_IFREG)
    except OSError:  # writing says what is wrong
        return True


def _kind(path: Path) -> int:
    """Kind of file behind ``path``, links followed; 0 if there is nothing yet."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _descriptor(path: Path) -> int | None:
    """The number N where ``path`` is ``/dev/fd/N`` or leads there."""
    for _ in range(_MOST_LINKS):
        if path in _STANDARD:
            return _STANDARD[path]
        found = _DESCRIPTOR.fullmatch(os.path.abspath(path))  # noqa: PTH100  (Path.absolute keeps "..")
        if found:
            return int(found[1] or found[2])
        try:
            path = path.parent / path.readlink()
        except OSError:
            return None
    return None


def _print(content: str | bytes) -> None:
    """Write to the stream of the result, after what was printed before."""
    stream = streams.result()
    if isinstance(content, str):
        stream.write(content)
    else:
        stream.flush()
        stream.buffer.write(content)
    stream.flush()


def _write_all(number: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _copy_owner(target, temporary)
        temporary.replace(target)
    except OSError as error:
        if error.errno not in _IN_PLACE or not target.exists():
            raise
        _overwrite(target, data)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _copy_owner(source: Path, target: Path) -> None:
    """Permissions and, where we may, owner and group."""
    known = source.stat()
    if hasattr(os, "chown"):
        for owner, group in ((known.st_uid, -1), (-1, known.st_gid)):
            with suppress(OSError):
                os.chown(target, owner, group)
    shutil.copymode(source, target)


def _overwrite(target: Path, data: bytes) -> None:
    with target.open("r+b", buffering=0) as file:
        _write_all(file.fileno(), data)
        file.truncate()
        os.fsync(file.fileno())
