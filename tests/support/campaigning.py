"""Parts of a campaign that end well, late, badly or not at all."""

from __future__ import annotations

import os
import subprocess
import time

from benchmarks.gpu.parts import Task
from iqabench._util.errors import DataError


def quick(task: Task) -> None:
    """Keeps the number of its process and what it knows."""
    task.keep("process", os.getpid())
    task.keep("known", {name: dict(figures) for name, figures in task.known.items()})


def late(task: Task) -> None:
    """Keeps one figure, starts a process, and never ends."""
    with subprocess.Popen(["sleep", "600"]) as process:
        task.keep("child", process.pid)
        time.sleep(600)


def failing(task: Task) -> None:
    """Keeps one figure and fails."""
    task.keep("begun", True)
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def dying(task: Task) -> None:
    """Ends its whole process, as a fault in a library does."""
    os.write(2, b"Segmentation fault\n")
    os._exit(139)


def unusable(task: Task) -> None:
    """Has no device."""
    raise DataError("--device cuda: not usable here")
