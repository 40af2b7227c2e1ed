"""Processes that run ``iqabench`` and can be killed, started in milliseconds: forks of one that has imported torch.

``Nursery`` is used by tests; ``python -m tests.reliability.harness.nursery`` is the process it talks to. Each child is
a process group of its own and runs the real command line from its arguments to its exit code.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.reliability.harness.faults import Fault, install

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
    """A context in which children can be run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __enter__(self) -> Self:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.harness.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[3],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, *children: Child) -> list[Ended]:
        """Start all ``children`` at once, and return how they ended when all have."""
        requests = []
        for child in children:
            self._count += 1
            out, err = (self._folder / f"child-{self._count}.{name}" for name in ("out", "err"))
            requests.append({**asdict(child), "out": child.out or str(out), "err": str(err)})
            err.touch()
            if child.out is None:  # a child may be killed before it opens them
                out.touch()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(requests) + "\n")
        self._process.stdin.flush()
        answers = json.loads(self._process.stdout.readline())
        ended = []
        for request, answer in zip(requests, answers, strict=True):
            out, err = Path(request["out"]), Path(request["err"])
            kept = out.parent == self._folder
            text = _text(out) if kept else ""
            ended.append(Ended(answer["code"], text, _text(err), answer["seconds"]))
            err.unlink()
            if kept:
                out.unlink()
        return ended


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="surrogateescape")


def serve() -> None:
    """Answer requests until there are no more."""
    _import_everything()
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


_IMPORTED = (
    *("pandas", "scipy.stats", "torch", "torch._dynamo", "rich.progress", "PIL.PngImagePlugin"),
    *(
        "baselines.full_reference.psnr",
        "baselines.full_reference.ssim",
        "iqabench.stats.leaderboard",
        "iqabench.reproduce.plans",
        "iqabench.runs.run",
    ),
    *("iqabench.cli.reproduce", "iqabench.cli.run", "iqabench.cli.table", "iqabench.reproduce.campaign"),
    *(
        "iqabench.reproduce.execute",
        "iqabench.runs.setup",
        "iqabench.stats",
        "iqabench.render.leaderboards",
        "iqabench.training.loop",
    ),
)
"""What a child would otherwise import itself; torch._dynamo is imported by the first optimiser."""


def _import_everything() -> None:
    for name in _IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()  # else every child copies these objects when its collector looks at them


def _run(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    started = time.monotonic()
    running = {_start(request): number for number, request in enumerate(requests)}
    signals = {pid: requests[number]["after"] for pid, number in running.items()}
    answers: list[dict[str, Any]] = [{} for _ in requests]
    while running:
        for pid, number in list(running.items()):
            seconds = time.monotonic() - started
            after = signals[pid]
            if after is not None and seconds >= after:
                signals[pid] = None
                os.killpg(pid, requests[number]["signal"])
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del running[pid]
                answers[number] = {"code": os.waitstatus_to_exitcode(status), "seconds": seconds}
        time.sleep(_POLL_SECONDS)
    return answers


def _start(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        # In both processes, so that the group is there whoever comes first.
        os.setpgid(pid, pid)
        return pid
    code = 1
    try:
        os.setpgid(0, 0)
        code = _child(request)
    except BaseException:  # a child must never return into the parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _child(request: dict[str, Any]) -> int:
    # A campaign in the background has Ctrl-C ignored, which its children would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(request["environment"])
    if "PYTHONIOENCODING" in request["environment"]:  # as Python does when it begins
        sys.stdout.reconfigure(encoding=os.environ["PYTHONIOENCODING"], errors="strict")
        sys.stderr.reconfigure(encoding=os.environ["PYTHONIOENCODING"], errors="backslashreplace")
    from iqabench.cli.main import main

    finish = install(request["fault"]) if request["fault"] else lambda: None
    sys.argv = ["iqabench", *request["words"]]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        finish()
    return 0


if __name__ == "__main__":
    serve()
