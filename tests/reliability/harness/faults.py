"""Faults inside a child process: killed before its n-th change on disk, killed inside a write, or a disk that is full.

A *change* is a file opened for writing, a file renamed or removed, a folder made or removed, or an fsync, in the
folder that is watched. Counted, they let every single moment between two changes be tried.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REMOVING = ("os.rename", "os.remove", "os.rmdir")


class Fault(TypedDict, total=False):
    """What to do to a child. ``kind``: ``kill`` before change ``at`` (from 1); ``full`` from change ``at`` on;
    ``torn``: killed by the kernel inside the write that takes a file past ``at`` bytes; ``count``: nothing.
    """

    kind: Literal["kill", "full", "torn", "count"]
    at: int
    watch: str
    """Folder in which changes count."""
    tally: str
    """File outside of it that gets the number of changes when the process ends by itself."""


def install(fault: Fault) -> Callable[[], None]:
    """Arm ``fault`` in this process; returns what is to be called at its end."""
    if fault["kind"] == "torn":
        # Python ignores this signal; by default it ends the process within the write, like SIGKILL.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault["at"], resource.RLIM_INFINITY))
        return lambda: None
    watch, changes = os.path.realpath(fault["watch"]), 0

    def change(path: object, frees: bool) -> None:
        nonlocal changes
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        full = os.path.realpath(os.fsdecode(path))
        if not full.startswith(watch):
            return
        changes += 1
        if fault["kind"] == "kill" and changes == fault["at"]:
            os.killpg(0, signal.SIGKILL)
        if fault["kind"] == "full" and changes >= fault["at"] and not frees:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), full)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & _WRITING:
                change(path, frees=False)
        elif event in _REMOVING or event == "os.mkdir":
            change(arguments[0], frees=event in _REMOVING)

    real_fsync = os.fsync

    def fsync(file: int) -> None:
        change(Path(f"/proc/self/fd/{file}").resolve(), frees=False)
        real_fsync(file)

    os.fsync = fsync  # fsync raises no audit event
    sys.addaudithook(hook)

    def finish() -> None:
        if "tally" in fault:
            Path(fault["tally"]).write_text(str(changes))

    return finish
