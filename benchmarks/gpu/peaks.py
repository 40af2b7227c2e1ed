"""What the device is, and the most that it does: matrix products in each precision, and copies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import torch

from benchmarks.gpu.parts import Task
from benchmarks.speed.machine import machine, versions
from iqabench._util.devices import choose_device

SIDE, SMALL_SIDE = 8192, 256
COPIED, SMALL_COPIED = 2**32, 2**20
"""Bytes of the tensor that is copied: many times a GPU's cache."""
REPEATS, WORK_SECONDS = 5, 1.0


def run(task: Task) -> None:
    """Keep the machine, the versions and the peaks; raises UserError where the device cannot be used."""
    small = task.setting.small
    device = choose_device(task.setting.device)
    task.keep("machine", {**machine(), **_gpu(device)})
    task.keep("low precision", low_precision(device))
    task.keep("versions", {**versions(), "cuda": str(torch.version.cuda), "cudnn": _cudnn()})
    side = SMALL_SIDE if small else SIDE
    kinds = [("fp32", torch.float32, False), ("tf32", torch.float32, True), ("bf16", torch.bfloat16, False)]
    for name, kind, let_through in kinds[: 3 if low_precision(device) == "bf16" else 2]:
        with tf32(let_through):
            product = _peak(_product(side, kind, device), 2 * side**3 / 1e12, device, small)
        task.keep(f"{name} TFLOP/s", product)
    size = SMALL_COPIED if small else COPIED
    source = torch.rand(size // 4, device=device)
    target = torch.empty_like(source)
    task.keep("copy GB/s", _peak(lambda: target.copy_(source), 2 * size / 1e9, device, small))


def low_precision(device: torch.device) -> Literal["bf16", "fp32"]:
    """``bf16`` where the device computes it; a CPU without it is a hundred times slower than in fp32."""
    if device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return "fp32"
    return "bf16"


def wait(device: torch.device) -> None:
    """Return when the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def tf32(on: bool) -> Iterator[None]:
    """Choose TF32 for the process, as a script does that calls the toolkit."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if on else "highest")
    torch.backends.cudnn.allow_tf32 = on
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def peak_of(figures: Mapping[str, Any]) -> float:
    """The best matrix product in the low precision, in TFLOP/s, from the figures of this part."""
    return float(figures[f"{figures['low precision']} TFLOP/s"]["best"])


def _product(side: int, kind: torch.dtype, device: torch.device) -> Callable[[], object]:
    # Random operands: a product of zeros runs faster than one of data.
    one, other = (torch.randn(side, side, device=device).to(kind) for _ in range(2))
    result = torch.empty_like(one)

    def multiply() -> None:
        torch.mm(one, other, out=result)

    return multiply


def _peak(work: Callable[[], object], amount: float, device: torch.device, small: bool) -> dict[str, float]:
    """Rates of some runs of ``work``, each long enough that one wait at its end does not count."""
    work()
    wait(device)
    started = time.perf_counter()
    work()
    wait(device)
    count = 1 if small else max(1, int(WORK_SECONDS / REPEATS / max(time.perf_counter() - started, 1e-6)))
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for _ in range(count):
            work()
        wait(device)
        rates.append(count * amount / (time.perf_counter() - started))
    return {"best": max(rates), "median": sorted(rates)[len(rates) // 2], "worst": min(rates)}


def _gpu(device: torch.device) -> dict[str, Any]:
    if device.type != "cuda":
        return {"gpu": "none"}
    found = torch.cuda.get_device_properties(device)
    return {
        "gpu": found.name,
        "gpu_memory_gib": round(found.total_memory / 2**30, 1),
        "multiprocessors": found.multi_processor_count,
        "capability": f"{found.major}.{found.minor}",
    }


def _cudnn() -> str:
    return str(torch.backends.cudnn.version()) if torch.backends.cudnn.is_available() else "none"
