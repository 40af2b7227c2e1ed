"""Memory and open files of a process while it works, several times a second; and how fast they grow."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil


@dataclass(frozen=True)
class Sample:
    """One look at a process."""

    done: int
    """Images or steps done so far."""
    memory: float
    """Resident memory in MiB."""
    files: int
    """Open file handles."""


@dataclass(frozen=True)
class Footprint:
    """What a long run took."""

    seconds: float
    samples: tuple[Sample, ...]

    def settled(self) -> tuple[Sample, ...]:
        """Samples of the second half of the work, when everything that is kept has been read once."""
        last = max(sample.done for sample in self.samples)
        return tuple(sample for sample in self.samples if last / 2 <= sample.done < last)

    def growth(self) -> float:
        """MiB per 10,000 images or steps: slope of the least-squares line through the settled samples."""
        done, memory = np.array([(one.done, one.memory) for one in self.settled()], dtype=float).T
        return float(np.polyfit(done, memory, 1)[0] * 10_000)

    def as_dict(self) -> dict[str, float | int]:
        """The figures that are quoted."""
        settled = self.settled()
        return {
            "seconds": round(self.seconds, 1),
            "samples": len(settled),
            "memory_mib_least": round(min(one.memory for one in settled), 1),
            "memory_mib_most": round(max(one.memory for one in settled), 1),
            "growth_mib_per_10000": round(self.growth(), 2),
            "files_least": min(one.files for one in settled),
            "files_most": max(one.files for one in settled),
        }


def watch(words: tuple[str, ...], done: Callable[[], int], interval: float) -> tuple[Footprint, str]:
    """Run ``python -m iqabench WORDS``, looking at it every ``interval`` seconds; returns its footprint and stderr."""
    command = [sys.executable, "-m", "iqabench", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        samples = []
        while process.poll() is None:
            if sample := _look(process.pid, done()):
                samples.append(sample)
            time.sleep(interval)
        seconds = time.monotonic() - started
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 0, told
    return Footprint(seconds, tuple(samples)), told


def rows_on_disk(results: Path) -> int:
    """Rows of all runs below ``results``, finished or not."""
    count = 0
    for name in ("scores.csv", "scores.partial.csv"):
        for path in results.rglob(name):
            try:
                count += path.read_bytes().count(b"\n")
            except FileNotFoundError:  # just finished
                continue
    return count


def _look(pid: int, done: int) -> Sample | None:
    try:
        process = psutil.Process(pid)
        return Sample(done, process.memory_info().rss / 2**20, process.num_fds())
    except psutil.NoSuchProcess:  # it has just ended
        return None
