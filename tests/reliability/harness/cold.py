"""Kills of processes over their whole life, from the start of Python on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.reliability.harness.killing import compare
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh
from tests.reliability.harness.whole import check_whole


def kill_cold(nursery: Nursery, plan: Plan, truth: Truth, folder: Path, kills: int, seed: int) -> int:
    """Kill ``python -m iqabench`` with the plan ``kills`` times; returns how many had begun to write by then."""
    chance, began = random.Random(f"{plan.name} {seed}"), 0
    results = fresh(folder / f"{plan.name}-cold")
    # As the nursery: another number of threads is recorded, and may sum in another order.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "iqabench", *plan.words(results)]
    for _ in range(kills):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=environment
        )
        # Half of them in the imports, the others from the first change on disk on.
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 3))
        else:
            before = _newest(results)
            while process.poll() is None and _newest(results) <= before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, truth.seconds))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        check_whole(results, truth.state)
        began += any(results.rglob("*"))
    assert nursery.run(Child(plan.words(results)))[0].code == 0
    compare(results, truth)
    return began


def _newest(results: Path) -> int:
    times = [0]
    for path in results.rglob("*"):
        try:
            times.append(path.stat().st_mtime_ns)
        except FileNotFoundError:
            continue
    return max(times)
