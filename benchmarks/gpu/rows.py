"""The rows of ``benchmarks/speed`` on the device, all in one process: a process for each would cost half of the time.

Contenders still work in turn, and ratios are taken within a round.
"""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision
from benchmarks.speed.__main__ import rows
from benchmarks.speed.harness import Build, Contender, SpeedRow, figures_of
from benchmarks.speed.worker import peak_mib, timed
from iqabench._util.devices import choose_device

ROUNDS = 3
ELSEWHERE = {
    "defaults": "it is about the CPU's threads and memory: python -m benchmarks.speed run defaults",
    "processes": "one GPU has one process",
    "training-whole": "the part 'training' measures it",
    "scoring-whole": "the part 'scoring' measures it",
}
WHOLE_COMMANDS = ("four-light", "four-usual", "memory")
"""Rows that start many commands; small, they are left to the slow test of ``tests/speed``."""


def run(task: Task) -> None:
    """Keep the figures of each row, as ``benchmarks.speed`` does, or why it was not measured."""
    for name, row in rows().items():
        reason = ELSEWHERE.get(name)
        if task.setting.small and name in WHOLE_COMMANDS:
            reason = "small: it starts whole commands"
        if task.left < 0:
            reason = "no time was left"
        if reason:
            task.keep(name, {"skipped": reason})
            continue
        try:
            task.keep(name, _measured(row, task))
        except Exception as error:  # a row that cannot run here costs its own figures only
            task.keep(name, {"failed": f"{type(error).__name__}: {str(error).strip()}"[:300]})
        if task.setting.device.startswith("cuda"):
            torch.cuda.empty_cache()


def _measured(row: SpeedRow, task: Task) -> dict[str, Any]:
    """Rounds until there are ``ROUNDS``, or the time is over; at least one."""
    setting = task.setting
    on_gpu = setting.device.startswith("cuda")
    precision = low_precision(choose_device(setting.device))
    absent = {one.name: _absent(one, precision) for one in row.contenders}
    works = {one.name: _build(one)(setting, **one.options) for one in row.contenders if not absent[one.name]}
    laps: dict[str, list[dict[str, Any]]] = {name: [] for name in works}
    peaks: dict[str, float | None] = dict.fromkeys(works)
    if not setting.small:
        for work in works.values():
            work()  # not counted
    for turn in range(1 if setting.small else ROUNDS):
        started = time.monotonic()
        order = list(works)
        shift = turn % len(order)
        for name in order[shift:] + order[:shift]:
            if on_gpu:
                torch.cuda.reset_peak_memory_stats()
            laps[name].append(timed(works[name]))
            held = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else 0.0
            peaks[name] = max(peaks[name] or 0.0, held or peak_mib())
        if task.left < time.monotonic() - started:
            break
    rounds = len(next(iter(laps.values())))
    return figures_of(row, setting, rounds, laps, peaks, absent)


def _absent(contender: Contender, precision: str) -> str:
    if contender.options.get("precision", "fp32") not in ("fp32", precision):
        return "not measured: this CPU has no bf16"
    missing = [module for module in contender.needs if find_spec(module) is None]
    return f"not measured: {', '.join(missing)} not installed" if missing else ""


def _build(contender: Contender) -> Build:
    module, _, function = contender.build.partition(":")
    build: Build = getattr(import_module(module), function)
    return build
