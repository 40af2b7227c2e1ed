"""What every generated input must come to: a result or one clear UserError, in bounded time and memory."""

from __future__ import annotations

import atexit
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings

from iqabench._util.errors import UserError

T = TypeVar("T")

SECONDS = 10.0
"""No input may take longer."""

INPUTS = int(os.environ.get("IQABENCH_FUZZ") or 0)
"""Generated inputs of each kind; 0 for the fast share of the ordinary test command."""

REPORT = os.environ.get("IQABENCH_FUZZ_REPORT")
"""Folder that the counts of a campaign are written to, one JSON file for each kind."""


def memory_folder() -> Path:
    """A folder in memory where there is one: thousands of small files are written to it."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="iqabench-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))


def fuzz(fast: int) -> settings:
    """Hypothesis settings: ``fast`` inputs that never change, or the new ones that a campaign asks for."""
    return settings(
        max_examples=max(INPUTS, fast),
        deadline=None,
        database=None,
        derandomize=not INPUTS,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


class TookTooLongError(BaseException):
    """An input kept the processor busy for longer than SECONDS."""


@dataclass
class Guard:
    """Counts inputs of one kind and holds each to its bounds."""

    kind: str
    memory_mib: float
    """No input may raise the process' peak of resident memory by more."""
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    most_memory_mib: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if REPORT:
            atexit.register(self._write, Path(REPORT))

    def __call__(self, read: Callable[[], T], *, names: str | Path = "") -> T | UserError:
        """Call ``read``; return its result or its UserError, and fail on anything else.

        ``names`` is what a message must name: the file that is wrong.
        """
        self.inputs += 1
        before = _peak_mib(reset=True)
        started = time.perf_counter()
        # Processor time, so that a busy machine is no hang; pytest's own timeout sees to sleeping ones.
        handler = signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        result: T | UserError
        try:
            result = read()
        except UserError as error:
            result = error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, handler)
        self.slowest_s = max(self.slowest_s, time.perf_counter() - started)
        grown = _peak_mib() - before
        self.most_memory_mib = max(self.most_memory_mib, grown)
        assert grown <= self.memory_mib, f"{grown:.0f} MiB for one input of {self.kind}"
        if isinstance(result, UserError):
            self.refused += 1
            self._check_message(str(result), str(names))
        else:
            self.accepted += 1
        return result

    def _check_message(self, message: str, names: str) -> None:
        assert names in message, f"the message does not name {names}: {message!r}"
        assert 20 < len(message) < 2000, message
        assert "Traceback" not in message
        reason = "".join(letter if letter.isalpha() or letter == " " else "" for letter in message.replace(names, ""))
        self.reasons[reason[:40]] = self.reasons.get(reason[:40], 0) + 1

    def _write(self, folder: Path) -> None:
        if not self.inputs:
            return
        folder.mkdir(parents=True, exist_ok=True)
        facts: dict[str, Any] = {**asdict(self), "reasons": len(self.reasons), "memory_bound_mib": self.memory_mib}
        del facts["memory_mib"]
        facts |= {name: round(facts[name], 3) for name in ("slowest_s", "most_memory_mib")}
        (folder / f"{self.kind}.json").write_text(json.dumps(facts, indent=1) + "\n")


def _too_long(number: int, frame: object) -> None:
    raise TookTooLongError(f"more than {SECONDS:g} s of processor time for one input")


def _peak_mib(reset: bool = False) -> float:
    """Resident memory: its peak since the last reset (Linux; elsewhere 0, and memory is not judged)."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_bytes(b"5")
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
