"""How a download tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

Progress = Callable[[int, int | None], None]
"""Called with the bytes received in all so far, and the bytes expected (None where unknown)."""


def silent(received: int, expected: int | None) -> None:
    """Report nothing."""


class Tracker:
    """A :data:`Progress` in the shape that pypi-simple wants."""

    def __init__(self, progress: Progress, expected: int | None) -> None:
        self._progress = progress
        self._expected = expected
        self._received = 0

    def __enter__(self) -> Tracker:
        return self

    def update(self, increment: int) -> None:
        """Count ``increment`` more bytes."""
        self._received += increment
        self._progress(self._received, self._expected)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave errors to the caller."""
