"""Ctrl-C and SIGTERM: a clean end that says how to continue, at any moment of a command's life.

While a command works, the first signal raises KeyboardInterrupt, so that it can keep what it has; a second one ends the
process. Before, after, and while a module is being imported nothing needs to be kept, and an exception might be
swallowed or come out as another one: there the first signal ends the process.

This module is imported before any other, so it imports next to nothing itself.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, TracebackType
    from typing import Any, NoReturn, Self

_SCORES = (
    "every score computed so far is on disk, and a training up to its last checkpoint, which is a minute old at most"
)
CONTINUED = {"run": _SCORES, "reproduce": _SCORES, "synthesize": "every image made so far is on disk"}
"""Commands that find what an interrupted one left, and what that is."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_IMPORTING = "<frozen importlib._bootstrap>"
"""File name of the frames that import a module."""
STUCK_SECONDS = 5
"""How long a signal may wait for Python in :class:`never_stuck`."""
_CAN_MASK = hasattr(signal, "pthread_sigmask")
_received: list[int] = []
_working: FrameType | None = None
"""The frame of the command at work; None before and after."""


def listen() -> None:
    """From now on a signal ends the command; see :class:`work` for how."""
    for number in _SIGNALS:
        # A shell starts background jobs with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable


class work:  # noqa: N801  (a context manager; contextlib would have to be imported)
    """Inside, the first signal raises KeyboardInterrupt instead of ending the process."""

    def __enter__(self) -> Self:
        global _working
        _working = sys._getframe(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _working
        _working = None


class spared:  # noqa: N801
    """Inside, processes are started that Ctrl-C does not reach until they call :func:`unspared`.

    It reaches every process of a terminal, and would find them importing: their parent decides what becomes of them.
    """

    def __enter__(self) -> Self:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _CAN_MASK else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def unspared() -> None:
    """In a process that was started in :class:`spared`, once it has said what Ctrl-C does: let it through."""
    if _CAN_MASK:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class never_stuck:  # noqa: N801
    """Inside, a signal ends the process even if Python does not get to see it within :data:`STUCK_SECONDS`.

    A C++ library that waits for another process does not come back to Python; a thread sees the signal all the same.
    """

    def __enter__(self) -> Self:
        from threading import Thread

        end, self._begin = os.pipe()
        os.set_blocking(self._begin, False)
        self._before = signal.set_wakeup_fd(self._begin, warn_on_full_buffer=False)
        Thread(target=_watch, args=(end,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._before)
        os.close(self._begin)


def _watch(pipe: int) -> None:
    """End the process if a signal's number comes through ``pipe`` and Python does not see the signal in time."""
    from time import sleep

    while numbers := os.read(pipe, 1):
        if numbers[0] in _SIGNALS:
            sleep(STUCK_SECONDS)
            if not _received:
                leave(numbers[0])
    os.close(pipe)


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
    import shlex

    left = next((CONTINUED[word] for word in arguments[:2] if word in CONTINUED), None)
    if left is None:
        return "interrupted"
    # These would begin anew what is there.
    words = [word for word in arguments if word not in ("--rerun", "--fresh")]
    return f"interrupted: {left}; continue with: {shlex.join(['iqabench', *words])}"


def leave(number: int) -> NoReturn:
    """End the process now with one line, as after signal ``number``."""
    try:
        line = message(sys.argv[1:])
    except Exception:  # in the middle of an import, perhaps of what the line needs
        line = "interrupted"
    try:
        os.write(2, f"{line}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        line = ""  # nobody listens
    os._exit(exit_code(number))


def _stop(number: int, frame: FrameType | None) -> None:
    if _received and number != signal.SIGALRM:
        os._exit(exit_code(_received[0]))
    if not _received:
        _received.append(number)
    if _working is None or _importing(frame):
        leave(_received[0])
    raise KeyboardInterrupt


def _importing(frame: FrameType | None) -> bool:
    """True if the command at work is in the middle of an import."""
    while frame is not None and frame is not _working:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False


def _unraisable(event: Any) -> None:
    """A signal that hit a destructor is lost there: let it come once more, a moment later."""
    if _received and isinstance(event.exc_value, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    else:
        sys.__unraisablehook__(event)
