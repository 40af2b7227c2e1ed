"""Two processes on two cores beside one process with two threads, at the same scoring."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path
from typing import Any

from benchmarks.speed.harness import Contender, Lap, SpeedRow, SpeedSetting, Target, Work
from iqabench._util.process import configure_threads

_groups: list[AbstractContextManager[None]] = []


def one(setting: SpeedSetting) -> Work:
    """One process, with as many threads as its environment says."""
    configure_threads()
    return _scorer(setting)[0]


def two(setting: SpeedSetting) -> Work:
    """This process and a second one, each with a share of the images, as ``torchrun`` starts them."""
    from iqabench._util import distributed

    configure_threads()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    order = dumps(asdict(setting), default=str)
    subprocess.Popen(
        [sys.executable, "-m", "benchmarks.speed.together", order],
        env={**os.environ, **meeting, "RANK": "1", "LOCAL_RANK": "1"},
    )
    os.environ.update({**meeting, "RANK": "0", "LOCAL_RANK": "0"})
    # Never left: the second process ends without a word when this one is gone.
    _groups.append(group := distributed.joined())
    group.__enter__()
    lap = _scorer(setting)[1]

    def together() -> Lap:
        distributed.from_first(None)
        return lap()

    return together


def _scorer(setting: SpeedSetting) -> tuple[Work, Callable[[], Lap]]:
    """A lap by one process, and the same by several."""
    from benchmarks.speed.scoring import pairs
    from benchmarks.speed.weights import our_ckdn
    from iqabench._util import distributed
    from iqabench._util.devices import Machine, choose_device
    from iqabench.data.references import parse_reference
    from iqabench.scoring.batches import plan_batches
    from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
    from iqabench.scoring.together import deal

    rows, method, reference = pairs(setting), our_ckdn(), parse_reference("degraded")
    machine = Machine(choose_device(setting.device))

    def lap(shared: bool) -> Lap:
        job = ScoringJob(method, folder := MemoryFolder(), set())
        batches = plan_batches(rows, reference, machine.batch_size)
        score_jobs([job], deal(batches, [job]) if shared else batches, reference, machine)
        parts = distributed.gathered(folder.found) if shared else [folder.found]
        scores: dict[str, Any] = {key: row.score for part in parts for key, row in part.items()}
        return Lap(len(rows), scores)

    return lambda: lap(False), lambda: lap(True)


def main() -> None:
    """The second process: works whenever the first one begins a lap."""
    from iqabench._util import distributed

    configure_threads()
    facts = loads(sys.argv[1])
    setting = SpeedSetting(**{**facts, "data": Path(facts["data"])})
    with distributed.joined():
        lap = _scorer(setting)[1]
        while True:
            distributed.from_first(None)
            lap()


def _contender(name: str, build: str, threads: int) -> Contender:
    return Contender(name, f"benchmarks.speed.together:{build}", environment={"OMP_NUM_THREADS": str(threads)})


ROWS: Sequence[SpeedRow] = (
    SpeedRow(
        "processes",
        "CKDN scoring from PNG pairs: two processes, and one with two threads",
        (
            Contender("two processes", "benchmarks.speed.together:two", environment={"OMP_NUM_THREADS": "1"}),
            Contender(
                "one process, two threads", "benchmarks.speed.together:one", environment={"OMP_NUM_THREADS": "2"}
            ),
        ),
        (Target("two processes", "one process, two threads", 0.95, within=1e-5),),
        limit="arithmetic",
    ),
)


if __name__ == "__main__":
    main()
