"""What a job of a cluster does: a process that computes a request, and goes on where it stopped when requeued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from submitit import JobEnvironment
from submitit.helpers import Checkpointable, TorchDistributedEnvironment


class RequestProcess(Checkpointable):
    """Compute the request in ``file`` by ``python -m PROGRAM``, a process of its own.

    Everything that it finishes is on disk at once, so a preempted job loses nothing: submitit requeues the same
    request (``Checkpointable``), and that continues. A job of several tasks is one run by several processes.
    """

    def __init__(self, program: str, file: Path) -> None:
        self.program = program
        self.file = file

    def __call__(self) -> int:
        """Run the process; return its exit code: 0, or 2 if a method failed or an input is bad.

        Raises
        ------
        RuntimeError
            If it was killed.
        """
        if JobEnvironment().num_tasks > 1:
            # Each process takes the GPU of its number; all see all GPUs.
            TorchDistributedEnvironment().export(set_cuda_visible_devices=False)
        words = [sys.executable, "-m", self.program, str(self.file)]
        child = subprocess.Popen(words, preexec_fn=_leave_signals_to_parent)
        try:
            code = child.wait()
        finally:
            # submitit's handler leaves by an exception when the job is preempted.
            child.kill()
            child.wait()
        if code < 0:
            raise RuntimeError(f"the run was killed by {signal.Signals(-code).name}")
        return code


def _leave_signals_to_parent() -> None:
    """Slurm signals every process of a job that it is about to stop; what follows is submitit's to decide."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    preemption = "SIG" + os.environ.get("SUBMITIT_PREEMPT_SIGNAL", "USR2")
    signal.signal(signal.Signals[preemption], signal.SIG_IGN)
