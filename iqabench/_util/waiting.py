"""Says what a command is at whenever it prints nothing for a while: nothing is silent for more than two seconds.

On a terminal one line counts the seconds and is wiped before anything else is printed; elsewhere each piece of work
that lasts has a line, which grows by a dot now and then while it goes on. Whoever prints calls :func:`spoken` first.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SILENCE_S = 1.2
"""After so many seconds without a word something is said."""
DOTS = 60
"""After so many dots a line of a log file is begun anew."""
_TICK_S = 0.3

_lock = threading.RLock()
_words: list[str] = []
"""What is being done, the innermost last."""
_moving = ""
"""What the bar that moved last is about; empty if none did within the innermost piece of work."""
_spoken = 0.0
"""When something was printed last, or the piece of work began; from ``time.monotonic``."""
_drawn = False
"""True while the line stands on the terminal, or is open in a log file."""
_line = ""
"""What the open line of a log file says."""
_dots = 0
"""How many dots it has."""
_paused = 0


@contextmanager
def watched(words: str) -> Iterator[None]:
    """While the command works, say that it does: ``words``, or what :func:`at` says, after a silence."""
    global _spoken
    if _words:  # a command that calls another
        yield
        return
    over = threading.Event()
    _spoken = time.monotonic()
    _words.append(words)
    thread = threading.Thread(target=_watch, args=(over,), name="waiting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        spoken()
        _words.clear()


@contextmanager
def at(words: str) -> Iterator[None]:
    """Within a watched command, say ``words`` for what is done here; elsewhere nothing is said."""
    if not _words:
        yield
        return
    _words.append(words)
    moved("")
    try:
        yield
    finally:
        moved("")
        with suppress(ValueError):  # the command is over
            _words.remove(words)


def moved(words: str) -> None:
    """A bar moved on: what is said of the next silence is about ``words``, and a line that is open stays so."""
    global _moving
    _moving = words


def spoken() -> None:
    """Something is about to be printed: wipe or end the line, and begin to wait anew."""
    global _spoken, _drawn
    with _lock:
        if _drawn:
            _drawn = False
            _write("\r\x1b[K" if _is_terminal() else "\n")
        _spoken = time.monotonic()


def pause() -> None:
    """Say nothing until :func:`resume`."""
    global _paused
    with _lock:
        spoken()
        _paused += 1


def resume() -> None:
    """The end of a :func:`pause`."""
    global _paused
    with _lock:
        _paused = max(0, _paused - 1)
        spoken()


@contextmanager
def silent() -> Iterator[None]:
    """Nothing is said at all, as where only the result is wanted."""
    pause()
    try:
        yield
    finally:
        resume()


def _watch(over: threading.Event) -> None:
    while not over.wait(_TICK_S):
        with _lock:
            if not over.is_set() and not _paused and _words:
                _say(_moving or _words[-1], time.monotonic() - _spoken)


def _say(words: str, silent: float) -> None:
    global _drawn, _spoken, _line, _dots
    if silent < SILENCE_S:
        return
    if _is_terminal():
        text = f"{words} ({silent:.0f} s)"[: shutil.get_terminal_size().columns - 1]
        _drawn = True
        _write(f"\r{text}\x1b[K")
    else:
        if _drawn and words == _line and _dots < DOTS:
            _dots += 1
            _write(".")
        else:
            spoken()
            _drawn, _line, _dots = True, words, 0
            _write(f"{words} ...")
        _spoken = time.monotonic()


def _is_terminal() -> bool:
    """True for a terminal that can wipe a line."""
    return bool(sys.stderr and sys.stderr.isatty()) and os.environ.get("TERM") not in ("dumb", "unknown")


def _write(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it, or it is closed
        sys.stderr.write(text)
        sys.stderr.flush()


def _in_child() -> None:
    """A forked process has no such thread, and must not wait for a lock that one holds."""
    global _lock, _drawn
    _lock, _drawn = threading.RLock(), False
    _words.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
