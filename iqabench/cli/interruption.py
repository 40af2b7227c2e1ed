"""Ctrl-C and SIGTERM: a clean end that says how to continue."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

_SCORES = (
    "every score computed so far is on disk, and a training up to its last checkpoint, which is a minute old at most"
)
CONTINUED = {"run": _SCORES, "reproduce": _SCORES, "synthesize": "every image made so far is on disk"}
"""Commands that find what an interrupted one left, and what that is."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_received: list[int] = []


def listen() -> None:
    """From now on the first signal raises KeyboardInterrupt, and a second one ends the process at once."""
    for number in _SIGNALS:
        # A shell starts background jobs with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable


def stop_listening() -> None:
    """The work is over: a signal now ends the process as it would any other."""
    for number in _SIGNALS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_DFL)


def received() -> int | None:
    """The signal that came, if one did."""
    return _received[0] if _received else None


def exit_code(number: int) -> int:
    """130 after Ctrl-C, 143 after SIGTERM, as shells count."""
    return 128 + number


def message(arguments: Sequence[str]) -> str:
    """What to tell the user who interrupted ``iqabench ARGUMENTS``."""
    left = next((CONTINUED[word] for word in arguments[:2] if word in CONTINUED), None)
    if left is None:
        return "interrupted"
    # These would begin anew what is there.
    words = [word for word in arguments if word not in ("--rerun", "--fresh")]
    return f"interrupted: {left}; continue with: {shlex.join(['iqabench', *words])}"


def _stop(number: int, frame: FrameType | None) -> None:
    if _received and number != signal.SIGALRM:
        os._exit(exit_code(number))
    if not _received:
        _received.append(number)
    raise KeyboardInterrupt


def _unraisable(event: Any) -> None:
    """A signal that hit a destructor is lost there: let it come once more, a moment later."""
    if _received and isinstance(event.exc_value, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    else:
        sys.__unraisablehook__(event)
