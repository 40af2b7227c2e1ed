"""Processes that run ``iqabench`` and can be killed, started in milliseconds: forks of one that has imported torch.

Each child is a process group of its own and runs the real command line from its arguments to its exit code.
"""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.harness.faults import Fault
from tests.support.forking import Fork, toolkit

ROOT = Path(__file__).parents[3]
_POLL_SECONDS = 0.003


@dataclass(frozen=True)
class Child:
    """One process to start: the words after ``iqabench``, and what is to happen to it."""

    words: tuple[str, ...]
    fault: Fault | None = None
    signal: int = signal.SIGKILL
    after: float | None = None
    """Seconds after which the process group gets ``signal``; None for never."""
    environment: dict[str, str] = field(default_factory=dict)
    out: str | None = None
    """File that standard output goes to; by default it is kept and given back."""


@dataclass(frozen=True)
class Ended:
    """How it ended. ``code`` is the exit code, or minus the signal that killed it."""

    code: int
    out: str
    """Read as UTF-8; a byte that is not becomes half a surrogate pair."""
    err: str
    seconds: float

    @property
    def killed(self) -> bool:
        """True if a fault or a signal ended it, whatever it was doing."""
        return self.code in (-signal.SIGKILL, -signal.SIGXFSZ)


class Nursery:
    """Where children are run; ``folder`` holds what they print while they run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._forks = toolkit()

    def run(self, *children: Child) -> list[Ended]:
        """Start all ``children`` at once, and return how they ended when all have."""
        files = [self._files() for _ in children]
        started = time.monotonic()
        running = {number: self._start(child, *files[number]) for number, child in enumerate(children)}
        signals = {number: child.after for number, child in enumerate(children)}
        ended: dict[int, Ended] = {}
        while running:
            for number, fork in list(running.items()):
                seconds = time.monotonic() - started
                after = signals[number]
                if after is not None and seconds >= after:
                    signals[number] = None
                    os.killpg(fork.pid, children[number].signal)
                if not fork.running:
                    del running[number]
                    out, err = map(_text, files[number])
                    ended[number] = Ended(fork.wait(), out, err, seconds)
            time.sleep(_POLL_SECONDS)
        for one in files:
            for file in one:
                file.unlink()
        return [ended[number] for number in range(len(children))]

    def _files(self) -> tuple[Path, Path]:
        self._count += 1
        made = tuple(self._folder / f"child-{self._count}.{name}" for name in ("out", "err"))
        for file in made:
            file.touch()
        return made

    def _start(self, child: Child, out: Path, err: Path) -> Fork:
        words = ["-m", "tests.reliability.harness.child", json.dumps(child.fault), *child.words]
        with ExitStack() as opened:
            places = ((os.devnull, os.O_RDONLY), (child.out or out, os.O_WRONLY), (err, os.O_WRONLY))
            streams = [os.open(place, how) for place, how in places]
            for one in streams:
                opened.callback(os.close, one)
            environment = {**os.environ, "OMP_NUM_THREADS": "1", **child.environment}
            return self._forks.start(words, streams, ROOT, environment, new_group=True)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="surrogateescape")
