"""Overlapping plans at once on one results folder, and locks of the dead and the living."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from iqabench._util.files import try_lock
from tests.reliability.harness.crowd import crowd
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, fresh

WAITING = "another process is at it; waiting for it to finish"


@pytest.mark.slow
def test_ten_processes_come_to_what_one_does(nursery: Nursery, small_data: Path, tmp_path: Path) -> None:
    count = crowd(nursery, small_data, tmp_path, processes=10, seed=5)
    assert count["asked"] > count["runs"], "the plans must overlap"


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    pid = _hold(tmp_path)
    assert try_lock(tmp_path) is None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert (tmp_path / ".lock").exists()
    lock = try_lock(tmp_path)
    assert lock is not None
    lock.release()


def test_the_lock_of_a_living_process_is_waited_for_with_a_message(
    nursery: Nursery, plans: dict[str, Plan], place: Path, tmp_path: Path
) -> None:
    words = plans["score"].words(fresh(tmp_path / "r"))
    assert nursery.run(Child(words))[0].code == 0
    held = next((tmp_path / "r").glob("*/*/ssim/degraded/*"))
    pid = _hold(held, until=lambda: any(WAITING in file.read_text() for file in place.glob("child-*.err")))
    (ended,) = nursery.run(Child((*words, "--rerun")))
    os.waitpid(pid, 0)
    assert ended.code == 0, ended.err
    assert f"score ssim (degraded): {WAITING} ({held})" in ended.err
    assert ended.err.index("psnr (degraded): 9/9") < ended.err.index("another process"), "what is free goes first"


def _hold(folder: Path, until: Callable[[], bool] = lambda: False) -> int:
    """Fork a process that holds the lock of ``folder`` until then, or for a minute; returns when it has it."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        lock = try_lock(folder)
        os.write(tell, b"1" if lock else b"0")
        end = time.monotonic() + 60
        while time.monotonic() < end and not until():
            time.sleep(0.05)
        os._exit(0)
    assert os.read(ready, 1) == b"1"
    os.close(ready)
    os.close(tell)
    return pid
