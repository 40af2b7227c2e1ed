"""The process of :mod:`benchmarks.gpu.worker` as the campaign sees it: orders in, figures out, ended when time is over.

Parts share a process, since starting one and its GPU takes ten seconds of the nine minutes; one that failed or
was cut off is ended with all that it has started, and the next part gets another.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

DONE, CUT, FAILED, SKIPPED = "done", "cut off", "failed", "skipped"


class Laboratory:
    """Runs orders in a process that is started when it is needed; ``log`` takes what it prints."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()

    def run(self, order: Mapping[str, Any], seconds: float, keep: Callable[[str, Any], None]) -> tuple[str, str]:
        """Run ``order`` for at most ``seconds``; return its status and why. ``keep(name, figure)`` gets each figure."""
        end = time.monotonic() + seconds
        process = self._started()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: the answer that is missing says so
            process.stdin.write(json.dumps({**order, "seconds": seconds}) + "\n")
            process.stdin.flush()
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                self.close()
                return CUT, f"its {seconds:.0f} s are over"
            answer = json.loads(line) if line is not None else {"failed": self._death()}
            if "failed" in answer:
                self.close()
                return FAILED, answer["failed"]
            if "done" in answer:
                return DONE, ""
            keep(answer["name"], answer["figure"])

    def close(self) -> None:
        """End the process and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent yet cannot be sent any more
                if pipe is not None:
                    pipe.close()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._lines = lines = queue.Queue()
            with self._log.open("ab") as log:
                self._process = process = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.gpu.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,  # so that what it starts can be ended with it
                )

            def read() -> None:
                with suppress(ValueError):  # closed while it waited
                    for line in process.stdout or ():
                        lines.put(line)
                lines.put(None)

            threading.Thread(target=read, daemon=True).start()
        return self._process

    def _death(self) -> str:
        """Why the process is gone: the last line that it printed, if any, and how it ended."""
        assert self._process is not None
        code = self._process.wait()
        lines = [line.strip() for line in self._log.read_text(encoding="utf-8", errors="replace").split("\n")]
        last = next((line for line in reversed(lines) if line), "")
        return f"its process ended with {code}{': ' if last else ''}{last}"
