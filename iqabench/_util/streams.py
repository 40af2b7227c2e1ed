"""Standard output carries a command's result and nothing else.

A command prints its result to :func:`result`. While it works (:func:`separated`), standard output itself leads to
standard error: what a plugin prints, what a C library writes to file descriptor 1 and what a child process says are
seen there, and cannot spoil a CSV or JSON that another program reads.

The Python functions (:func:`iqabench.score` and the others) redirect nothing: the streams belong to the program that
calls them.
"""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

REPLACING = "iqabench.replacing"
"""Error handler of a stream that cannot encode every sign: the nearest ASCII sign is written instead."""

_NEAREST = {
    "↑": "^", "↓": "v", "←": "<", "→": ">", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": ".", "×": "x",
    "·": ".", "•": "*", "‘": "'", "’": "'", "“": '"', "”": '"', "≤": "<", "≥": ">", "≈": "~", "±": "~", "✓": "+",
    "✔": "+", "✗": "x", "✘": "x", "°": "o", "⠋": "*",
}  # fmt: skip

_result: TextIO | None = None


def result() -> TextIO:
    """The stream for a command's result: standard output as it was when the command began."""
    return _result or sys.stdout or _nowhere()


@contextmanager
def separated() -> Iterator[None]:
    """Keep standard output for :func:`result`; everything else that is written to it goes to standard error.

    Where ``sys.stdout`` is not file descriptor 1 (another program runs the command in its own process, and reads what
    it prints), the descriptor is left alone and ``sys.stdout`` alone is exchanged.
    """
    global _result
    if _result is not None:  # a command that calls another
        yield
        return
    before = sys.stdout
    if _descriptor(before) != 1:
        _result, sys.stdout = before or _nowhere(), sys.stderr
        try:
            yield
        finally:
            _result, sys.stdout = None, before
        return
    before.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    # A stream of its own: what a plugin leaves in the buffer of sys.stdout must not come out here.
    _result = open(kept, "w", encoding=before.encoding, errors=before.errors)  # noqa: PTH123, SIM115
    try:
        yield
        _result.flush()
    finally:
        _flush_foreign()
        os.dup2(kept, 1)
        _close(_result)
        _result = None


def prepare() -> None:
    """Make the standard streams safe to write to: once, when the process begins.

    A descriptor that the caller closed leads nowhere, so that no file that is opened later takes its number; and a sign
    that a stream cannot encode is replaced, instead of ending the command.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    codecs.register_error(REPLACING, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=REPLACING)


def silence() -> None:
    """Print no result from now on: another process prints it."""
    global _result
    _result = _nowhere()
    sys.stdout = _nowhere()


def abandon() -> None:
    """Nobody reads our output any more: let the standard streams lead nowhere, so that nothing fails at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (_result, sys.stdout, sys.stderr):
        number = _descriptor(stream)
        if number is not None:
            os.dup2(nowhere, number)


def _flush_foreign() -> None:
    """Write out what others left in buffers, C's as well, while descriptor 1 still leads to standard error."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError, ValueError):  # no C library to ask, or a stream is closed
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)


def _close(stream: TextIO) -> None:
    with suppress(OSError):  # if the command ended well it was flushed before, and that error has been told
        stream.close()


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")  # open until the process ends


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_nearest, error.object[error.start : error.end])), error.end


def _nearest(sign: str) -> str:
    """One ASCII sign for another sign, so that columns stay in line; half a surrogate pair is written out."""
    if sign in _NEAREST:
        return _NEAREST[sign]
    if "\u2500" <= sign <= "\u257f":  # box drawing
        name = unicodedata.name(sign)
        across = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
        upright = any(word in name for word in ("VERTICAL", "UP", "DOWN"))
        return "+" if across and upright else "-" if across else "|"
    if "\u2580" <= sign <= "\u259f":  # blocks
        return "#"
    if "\ud800" <= sign <= "\udfff":
        return f"\\u{ord(sign):04x}"
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain if len(plain) == 1 else "?"
