"""A terminal that is looked at: what stands on its screen, and all that was ever written to it."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyte

LINES = 400


@dataclass(frozen=True)
class Seen:
    """What a command showed."""

    code: int
    raw: str
    """All bytes, with their control sequences."""
    screen: str
    """What stands there at the end, without blanks at the ends of lines."""


def run_in_terminal(words: Sequence[str], columns: int, **environment: str) -> Seen:
    """Run a program in a terminal of its own, ``columns`` wide; ``environment`` is added to ours."""
    master, slave = _open(columns)
    told = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    told |= {"TERM": "xterm-256color", **environment}
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=told)
    os.close(slave)
    raw = _read(master)
    return Seen(process.wait(), raw, _screen(raw, columns))


@contextmanager
def this_process_in_terminal(columns: int, messages: bool = True) -> Iterator[list[Seen]]:
    """Let our standard streams lead to a terminal; afterwards the list holds what it showed.

    Without ``messages`` standard error leads elsewhere, and the terminal shows the result alone.
    """
    master, slave = _open(columns)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(_read(master)))
    reader.start()
    before, seen = (sys.stdout, sys.stderr), []
    stream = io.TextIOWrapper(os.fdopen(slave, "wb", 0), encoding="utf-8", write_through=True)
    sys.stdout, sys.stderr = stream, stream if messages else io.StringIO()
    try:
        yield seen
    finally:
        sys.stdout, sys.stderr = before
        stream.close()
        reader.join()
        seen.append(Seen(0, found[0], _screen(found[0], columns)))


def _open(columns: int) -> tuple[int, int]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    return master, slave


def _read(master: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(master, 1 << 16)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    return b"".join(parts).decode("utf-8", "replace")


def _screen(raw: str, columns: int) -> str:
    screen = pyte.Screen(columns, LINES)
    pyte.Stream(screen).feed(raw)
    return "\n".join(line.rstrip() for line in screen.display).rstrip() + "\n"
