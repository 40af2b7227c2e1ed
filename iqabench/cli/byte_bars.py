"""Bars of bytes with rate and time left: live on a terminal, a line now and then in a log file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iqabench._util.text import clear_message, printable

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from iqabench._util.transfer.arrived import ByteProgress


class ByteBars:
    """Shows downloads, and what else is counted in bytes, on standard error."""

    def say(self, message: str) -> None:
        """Print one line."""
        from iqabench._util.progress import messages

        messages.print(clear_message(message), markup=False)

    @contextmanager
    def bytes(self, what: str) -> Iterator[ByteProgress]:
        """A bar called ``what``, to be told of bytes done and of bytes in all."""
        from rich.progress import DownloadColumn, TransferSpeedColumn

        from iqabench._util.transfer.room import in_words

        with self._bar(what, in_words, DownloadColumn(), TransferSpeedColumn()) as progress:
            yield progress

    @contextmanager
    def files(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """The same for files."""
        from rich.progress import MofNCompleteColumn

        with self._bar(what, lambda count: f"{count:.0f} files", MofNCompleteColumn()) as progress:
            yield progress

    @contextmanager
    def _bar(self, what: str, in_words: Callable[[float], str], *counts: ProgressColumn) -> Iterator[ByteProgress]:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from iqabench._util.progress import messages

        if not messages.is_terminal:
            yield self._logged(what, in_words)
            return
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), *counts, TimeRemainingColumn())
        with Progress(*columns, console=messages, transient=True) as bar:
            task = bar.add_task(printable(what), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def _logged(self, what: str, in_words: Callable[[float], str]) -> ByteProgress:
        from iqabench._util.progress import LOG_SECONDS

        began = said = time.monotonic()
        first: int | None = None

        def progress(done: int, total: int | None) -> None:
            nonlocal said, first
            now = time.monotonic()
            first = done if first is None else first
            if now - said < LOG_SECONDS:
                return
            said = now
            rate = (done - first) / (now - began)
            left = f", about {(total - done) / rate:.0f} s left" if total is not None and rate > 0 else ""
            whole = f" of {in_words(total)}" if total is not None else ""
            self.say(f"{what}: {in_words(done)}{whole}, {in_words(rate)}/s{left}")

        return progress
