"""How a training run tells what it is doing."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress(Protocol):
    """Anything that follows a training run."""

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        """Training begins: ``total_steps`` optimiser steps, of which ``done`` were taken before an interruption."""
        ...

    def advance(self, n: int, loss: float, rate: float) -> None:
        """One optimiser step on ``n`` images is done, at learning rate ``rate``."""
        ...

    def message(self, text: str) -> None:
        """Where training is now: stage and epoch."""
        ...

    def finish(self) -> None:
        """Training is over, or was interrupted."""
        ...


class SilentProgress:
    """Says nothing."""

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        """Say nothing."""

    def advance(self, n: int, loss: float, rate: float) -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


class RichProgress:
    """One bar over all stages: stage and epoch, steps, loss, images per second, time left."""

    def __init__(self, console: Console | None = None) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[where]}"),
            TextColumn("loss {task.fields[loss]:.4f}  rate {task.fields[rate]:.2g}  {task.fields[speed]:.0f} images/s"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )
        self._images = 0

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        """Show the bar."""
        self._images = 0
        self._task = self._bar.add_task(
            description, total=total_steps, completed=done, where="", loss=0.0, rate=0.0, speed=0.0
        )
        self._bar.start()

    def advance(self, n: int, loss: float, rate: float) -> None:
        """Move the bar by one step; images per second are since the start of this run."""
        self._images += n
        elapsed = self._bar.tasks[self._task].elapsed or 0.0
        speed = self._images / elapsed if elapsed else 0.0
        self._bar.update(self._task, advance=1, loss=loss, rate=rate, speed=speed)

    def message(self, text: str) -> None:
        """Show stage and epoch beside the bar."""
        self._bar.update(self._task, where=text)

    def finish(self) -> None:
        """Leave the bar as it is."""
        self._bar.stop()
