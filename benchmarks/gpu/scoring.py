"""Scoring a whole PIPAL with CKDN from the decoded cache: 23,200 images."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision, peak_of, wait
from benchmarks.gpu.training import memory_gib
from benchmarks.speed.cached import from_cache
from benchmarks.speed.scoring import CKDN_GFLOP
from iqabench._util.devices import choose_device

LAPS = 3


def run(task: Task) -> None:
    """Keep the seconds of the lap that fills the cache, and of those that find it filled."""
    device = choose_device(task.setting.device)
    peak = peak_of(task.known["device"])
    lap = from_cache(task.setting, low_precision(device))
    laps: list[float] = []
    for number in range(2 if task.setting.small else 1 + LAPS):
        started = time.perf_counter()
        count = lap().count
        wait(device)
        seconds = time.perf_counter() - started
        if number == 0:
            task.keep("filling the cache", {"images": count, "seconds": seconds})
            continue
        laps.append(seconds)
        best = count / min(laps)
        figures: dict[str, Any] = {
            "images": count,
            "seconds": sorted(laps)[len(laps) // 2],
            "laps": laps,
            "images/s in the best lap": best,
            "share of the peak": best * CKDN_GFLOP / 1e3 / peak,
            "most memory, GiB": memory_gib(device),
        }
        task.keep("from the cache", figures)
        if task.left < 2 * seconds:
            return
