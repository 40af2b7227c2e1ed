"""What a long command shows while it works; silent where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as EtaColumn

messages = Console(stderr=True, highlight=False)
"""Where progress, notes and errors go, so that standard output carries the result alone."""


class Overview:
    """A live list of bars, one for each piece of work: done, running and to come."""

    def __init__(self, quiet: bool = False) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            EtaColumn(),
            TextColumn("[dim]{task.fields[state]}"),
            console=messages,
            disable=quiet or not sys.stderr.isatty(),
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def add(self, description: str, total: int, completed: int = 0, state: str = "to come") -> TaskID:
        """Add a bar; it waits, greyed, until its first :meth:`advance`."""
        return self._progress.add_task(description, total=total, completed=completed, state=state, start=False)

    def begin(self, task: TaskID, state: str = "running") -> None:
        """Start a bar's clock."""
        self._progress.start_task(task)
        self._progress.update(task, state=state)

    def advance(self, task: TaskID, count: int, state: str = "running") -> None:
        """Move a bar on by ``count``."""
        self._progress.start_task(task)
        self._progress.update(task, advance=count, state=state)

    def end(self, task: TaskID, state: str = "done") -> None:
        """Mark a bar as finished, whatever its count."""
        self._progress.update(task, state=state)
        self._progress.stop_task(task)

    def say(self, message: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(message, markup=False)
