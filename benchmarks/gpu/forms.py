"""``torch.compile`` and CUDA graphs, off and on: CKDN's training step and its scoring of one batch, in bf16."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision, peak_of, wait
from benchmarks.speed.harness import SpeedSetting
from benchmarks.speed.scoring import CKDN_GFLOP
from benchmarks.speed.training import GFLOP, STEPS, batch_of
from benchmarks.speed.weights import our_ckdn
from ckdn.method import CKDN
from iqabench._util.devices import choose_device
from iqabench.scoring.arithmetic import full_precision
from iqabench.training import FitSession
from iqabench.training.step import Stepper

BATCH, SIDE = 64, 288
SMALL_BATCH, SMALL_SIDE = 2, 32
SECONDS = 3.0
"""For which one form is repeated."""
FORMS: dict[str, tuple[str | None, bool]] = {
    "as it is": (None, False),
    "CUDA graphs": ("cudagraphs", False),
    "torch.compile": ("inductor", False),
    "torch.compile with CUDA graphs": ("inductor", True),
}
"""Backend of ``torch.compile``, and whether inductor records CUDA graphs."""
ON_A_CPU: dict[str, tuple[str | None, bool]] = {"as it is": (None, False), "torch.compile": ("eager", False)}
"""A CPU has no CUDA graphs; there the code is captured and run as it is, which needs no C compiler."""


def run(task: Task) -> None:
    """Keep the milliseconds of a step and of a batch in each form, and of the first one, which compiles."""
    device = choose_device(task.setting.device)
    peak = peak_of(task.known["device"])
    forms = FORMS if device.type == "cuda" else ON_A_CPU
    for work, measured, gflop in (
        ("training step", _training, GFLOP),
        ("scoring a batch", _scoring, CKDN_GFLOP),
    ):
        plain: dict[str, Any] = {}
        for name, (backend, graphs) in forms.items():
            if task.left < 0:
                task.keep(f"{work}: {name}", {"skipped": "no time was left"})
                continue
            torch._dynamo.reset()
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(device)
            try:
                with _recording(graphs):
                    found = measured(task.setting, device, backend)
            except Exception as error:  # a form that a version of torch cannot do costs its own figure only
                task.keep(f"{work}: {name}", {"failed": f"{type(error).__name__}: {str(error).strip()}"[:300]})
                continue
            plain = plain or found
            rate = 1000 * found["images"] / found["ms"]
            found |= {
                "by": backend or "",
                "images/s": rate,
                "share of the peak": rate * gflop / 1e3 / peak,
                "differs by": abs(found["value"] - plain["value"]),
            }
            if device.type == "cuda":
                found["most memory, GiB"] = torch.cuda.max_memory_allocated(device) / 2**30
            task.keep(f"{work}: {name}", found)


@contextmanager
def _recording(graphs: bool) -> Iterator[None]:
    if not graphs:
        yield
        return
    from torch._inductor import config

    with config.patch({"triton.cudagraphs": True}):
        yield


def _training(setting: SpeedSetting, device: torch.device, backend: str | None) -> dict[str, Any]:
    """A step of pre-training and a step of the second stage, averaged as the paper's schedule has them."""
    rows, side = (SMALL_BATCH, SMALL_SIDE) if setting.small else (BATCH, SIDE)
    batch = batch_of(rows, side, device)
    torch.manual_seed(0)
    method = CKDN(recipe="paper", start="random", batch_size=rows)
    method.to(device).to(memory_format=torch.channels_last)
    method.train()
    session = FitSession(device=device, precision=low_precision(device), compile=backend)
    first, mean, loss = 0.0, 0.0, float("nan")
    for stage in method.recipe.stages[: 1 if setting.small else None]:
        stepper = Stepper(method, stage, session)

        def step(stepper: Stepper = stepper) -> Tensor:
            _begin(device)
            return stepper(batch, 1e-3)

        value, took, each = _timed(step, device, setting.small)
        loss = value if stage is method.recipe.stages[0] else loss
        first += took
        mean += each * STEPS.count(stage.name) / len(STEPS)
    return {"images": rows, "ms": 1000 * mean, "first s": first, "value": loss}


def _scoring(setting: SpeedSetting, device: torch.device, backend: str | None) -> dict[str, Any]:
    rows, side = (SMALL_BATCH, SMALL_SIDE) if setting.small else (BATCH, SIDE)
    draw = torch.Generator().manual_seed(0)
    restored = torch.rand(rows, 3, side, side, generator=draw).to(device)
    shown = torch.rand(1, 3, side, side, generator=draw).to(device)
    method = our_ckdn("quick").to(device).eval().fused(low_precision(device))
    with full_precision(), torch.no_grad():
        prepared = method.prepare(shown)

        def score(restored: Tensor) -> Tensor:
            result: Tensor = method.score(restored, prepared)
            return result

        call = score if backend is None else torch.compile(score, backend=backend, dynamic=False)

        def step() -> Tensor:
            _begin(device)
            return call(restored)

        value, first, each = _timed(step, device, setting.small)
    return {"images": rows, "ms": 1000 * each, "first s": first, "value": value}


def _begin(device: torch.device) -> None:
    """Tell CUDA graphs that a step begins; on a CPU, that would import a compiler which nobody asked for."""
    if device.type == "cuda":
        torch.compiler.cudagraph_mark_step_begin()


def _timed(step: Callable[[], Tensor], device: torch.device, small: bool) -> tuple[float, float, float]:
    """First number of the first step, seconds of some first steps, which compile and record, and of one afterwards."""
    started = time.perf_counter()
    value = float(step().reshape(-1)[0])
    for _ in range(0 if small else 2):
        step()
    wait(device)
    first = time.perf_counter() - started
    started, count = time.perf_counter(), 0
    while count == 0 or (not small and time.perf_counter() - started < SECONDS):
        for _ in range(1 if small else 10):
            step()
            count += 1
        wait(device)
    return value, first, (time.perf_counter() - started) / count
