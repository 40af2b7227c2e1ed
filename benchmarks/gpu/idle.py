"""Share of the time in which the device did nothing, by torch's profiler: in training and in scoring."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision, wait
from benchmarks.gpu.training import compiler_of, new_training
from benchmarks.speed.cached import from_cache
from benchmarks.speed.harness import SpeedSetting
from iqabench._util.devices import choose_device
from iqabench.training import SilentProgress

STEPS, SMALL_STEPS = 30, 1
"""Training steps of one window."""
BEFORE, SMALL_BEFORE = 20, 1
"""Steps of an epoch before its window."""
SCORED = 2_000
"""Images scored under the profiler: a whole PIPAL would leave more events than can be read in time."""
KINDS = {"cuda": ("kernel", "gpu_memcpy", "gpu_memset"), "cpu": ("cpu_op",)}
"""Categories of the profiler's events in which a device is at work."""


def run(task: Task) -> None:
    """Keep the idle shares: of the first epoch, whose images are decoded; of the second; of scoring."""
    setting = task.setting
    device = choose_device(setting.device)
    method, data, session = new_training(setting, compiler_of(task.known))
    stages = tuple(replace(stage, epochs=2) for stage in method.recipe.stages[-1:])
    method.recipe = replace(method.recipe, stages=stages)
    epoch = data.steps(method.recipe.batch_size, method.recipe.drop_last)
    before, steps = (SMALL_BEFORE, SMALL_STEPS) if setting.small else (BEFORE, STEPS)
    starts = {before: "training, first epoch (decoding)", epoch + before: "training, second epoch"}
    session.progress = _Windows(device, starts, steps, task)
    method.fit(data, session)
    task.keep("scoring from the decoded cache", _while_scoring(setting, device))


class Window:
    """Watches ``device`` from :meth:`open` to :meth:`close`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kinds = KINDS[device.type]
        activity = ProfilerActivity.CUDA if device.type == "cuda" else ProfilerActivity.CPU
        self._profile = profile(activities=[activity])

    def open(self) -> None:
        """Begin; what the device was given before does not count."""
        wait(self._device)
        self._profile.start()

    def close(self) -> dict[str, float]:
        """End; return milliseconds from the first to the last event, the idle share of them, and events."""
        wait(self._device)
        self._profile.stop()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "trace.json"
            self._profile.export_chrome_trace(str(file))
            events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
        spans = [(one["ts"], one["ts"] + one["dur"]) for one in events if one.get("cat") in self._kinds]
        if not spans:
            return {"events": 0}
        whole = max(end for _, end in spans) - min(begin for begin, _ in spans)
        return {"ms": whole / 1000, "idle": 1 - covered(spans) / whole if whole else 0.0, "events": len(spans)}


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Length of the union of ``spans``: what runs on several streams at once counts once.

    >>> covered([(0, 2), (1, 3), (5, 6)])
    4
    """
    total, reached = 0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


class _Windows(SilentProgress):
    """Opens a window at each of the steps ``starts`` and closes it ``steps`` later."""

    def __init__(self, device: torch.device, starts: dict[int, str], steps: int, task: Task) -> None:
        self._device, self._starts, self._steps, self._task = device, starts, steps, task
        self._taken = 0
        self._open: tuple[int, str, Window] | None = None

    def advance(self, n: int, loss: float, rate: float) -> None:
        """One more step is taken."""
        self._taken += 1
        if self._open and self._taken >= self._open[0]:
            _, name, window = self._open
            self._task.keep(name, window.close())
            self._open = None
        if self._taken in self._starts:
            window = Window(self._device)
            window.open()
            self._open = self._taken + self._steps, self._starts[self._taken], window


def _while_scoring(setting: SpeedSetting, device: torch.device) -> dict[str, Any]:
    lap = from_cache(setting, low_precision(device), images=SCORED)
    lap()  # decodes what the cache lacks
    window = Window(device)
    window.open()
    lap()
    return window.close()
