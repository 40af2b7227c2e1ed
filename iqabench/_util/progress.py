"""What a long command shows while it works: live bars on a terminal, a line now and then in a log file."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as EtaColumn
from rich.table import Column

from iqabench._util import waiting
from iqabench._util.text import clear_message, printable


class _Messages(Console):
    """Wipes the line that stands for a silence before anything else is shown."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print a message."""
        waiting.spoken()
        super().print(*objects, **options)

    def set_live(self, live: Live) -> Any:
        """Bars begin: they say what is done."""
        waiting.pause()
        return super().set_live(live)

    def clear_live(self) -> None:
        """Bars end."""
        super().clear_live()
        waiting.resume()


messages = _Messages(stderr=True, highlight=False, soft_wrap=True)
"""Where progress, notes and errors go, so that standard output carries the result alone."""

NARROW = 72
"""Columns of a terminal below which bars are left out."""
LOG_SECONDS = 15.0
"""How often a log file gets a line about each piece of work."""


@dataclass
class _Logged:
    description: str
    total: int
    completed: int
    before: int
    """What was done when this process began."""
    began: float = 0.0
    said: float = 0.0


def _columns(width: int) -> list[ProgressColumn]:
    """What a bar shows; a narrow terminal has no room for the bar itself, so that no name and no number is cut."""
    count = MofNCompleteColumn()
    if width < NARROW:
        broken = TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold"))
        return [broken, count, EtaColumn()]
    name = TextColumn("{task.description}", markup=False)
    state = TextColumn("{task.fields[state]}", style="dim", markup=False)
    return [name, BarColumn(bar_width=24), count, TimeElapsedColumn(), TextColumn("ETA"), EtaColumn(), state]


class Overview:
    """A list of pieces of work: done, running and to come, each with elapsed and remaining time."""

    def __init__(self, quiet: bool = False) -> None:
        self._live = sys.stderr.isatty() and not quiet
        self._logs: dict[TaskID, _Logged] = {}
        self._quiet = quiet
        self._progress = Progress(
            *_columns(messages.width),
            console=messages,
            disable=not self._live,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def add(self, description: str, total: int, completed: int = 0, state: str = "to come") -> TaskID:
        """Add a bar; its clock stands still until :meth:`begin` or the first :meth:`advance`."""
        description = printable(description)  # it names a method, which a plugin may call what it likes
        task = self._progress.add_task(description, total=total, completed=completed, state=state, start=False)
        self._logs[task] = _Logged(description, total, completed, completed)
        return task

    def resize(self, task: TaskID, total: int) -> None:
        """Set how much there is to do, where that is found out late."""
        self._progress.update(task, total=total)
        self._logs[task].total = total

    def begin(self, task: TaskID, state: str = "running") -> None:
        """Start a bar's clock."""
        self._progress.start_task(task)
        self._progress.update(task, state=state)
        self._log(task, 0, state)

    def advance(self, task: TaskID, count: int, state: str = "running") -> None:
        """Move a bar on by ``count``."""
        self._progress.start_task(task)
        self._progress.update(task, advance=count, state=state)
        self._log(task, count, state)

    def end(self, task: TaskID, state: str = "done") -> None:
        """Mark a bar as finished, whatever its count."""
        self._progress.update(task, state=state)
        self._progress.stop_task(task)
        self._logs[task].said = 0.0
        self._log(task, 0, state, over=True)

    def say(self, message: str) -> None:
        """Print a line above the bars."""
        if not self._quiet:
            messages.print(clear_message(message), markup=False)

    def _log(self, task: TaskID, count: int, state: str, over: bool = False) -> None:
        log, now = self._logs[task], time.monotonic()
        log.began = log.began or now
        log.completed += count
        waiting.moved("" if over or self._quiet else log.description)
        if self._live or now - log.said < LOG_SECONDS:
            return
        log.said = now
        fresh, left = log.completed - log.before, log.total - log.completed
        eta = f", about {(now - log.began) / fresh * left:.0f} s left" if fresh > 0 and left > 0 and not over else ""
        self.say(f"{log.description}: {log.completed}/{log.total}, {now - log.began:.0f} s{eta}, {state}")
