"""What a job of a cluster does: one ``iqabench`` command, which goes on where it stopped when the job is requeued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from submitit import JobEnvironment
from submitit.helpers import Checkpointable, TorchDistributedEnvironment


class Command(Checkpointable):
    """``iqabench WORDS`` in a process of its own.

    Everything that it finishes is on disk at once, so a preempted job loses nothing: submitit requeues the same
    command (``Checkpointable``), and that continues. A job of several tasks is one run by several processes.
    """

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def __call__(self) -> int:
        """Run the command; return its exit code: 0, or 2 if a method failed or an input is bad.

        Raises
        ------
        RuntimeError
            If it was killed.
        """
        if JobEnvironment().num_tasks > 1:
            # Each process takes the GPU of its number; all see all GPUs.
            TorchDistributedEnvironment().export(set_cuda_visible_devices=False)
        child = subprocess.Popen([sys.executable, "-m", "iqabench", *self.words], preexec_fn=_leave_signals_to_parent)
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
