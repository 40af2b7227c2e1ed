"""What this machine can do at most: the roof under which every row of the table stands.

``python -m benchmarks.speed roofline`` measures each several times and keeps the best, since a roof is what can
be reached; the spread tells how quiet the machine was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from iqabench.data.images import read_image

SIDE = 2048
COPIED = 2**28
"""Bytes read and written by one copy."""
FILES = 64


def roofline(data: Path, device: str, repeats: int) -> dict[str, Any]:
    """Peaks in GFLOP/s, bandwidth in GB/s, decoded images/s."""
    found = {
        "fp32 GFLOP/s": _best(lambda: _matmul(torch.float32, device), 2 * SIDE**3 / 1e9, repeats),
        "bf16 GFLOP/s": _best(lambda: _matmul(torch.bfloat16, device), 2 * SIDE**3 / 1e9, repeats),
        "copy GB/s": _best(_copier(device), 2 * COPIED / 1e9, repeats),
    }
    files = sorted((data / "Train_Dist").iterdir())[:FILES]
    kind = files[0].suffix.lstrip(".").upper()
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            decode = _best(lambda pool=pool: list(pool.map(read_image, files)), len(files), repeats)
        found[f"{kind} images/s, {threads} thread{'s' * (threads > 1)}"] = decode
    return found


def _matmul(kind: torch.dtype, device: str) -> None:
    one = _operands.setdefault((kind, device), torch.randn(SIDE, SIDE, device=device).to(kind))
    torch.mm(one, one)
    _wait(device)


_operands: dict[tuple[torch.dtype, str], torch.Tensor] = {}


def _copier(device: str) -> Callable[[], None]:
    source, target = (torch.ones(COPIED // 4, device=device) for _ in range(2))

    def copy() -> None:
        target.copy_(source)
        _wait(device)

    return copy


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def _best(work: Callable[[], object], amount: float, repeats: int) -> dict[str, float]:
    work()
    rates = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        rates.append(amount / (time.perf_counter() - started))
    return {"best": max(rates), "median": sorted(rates)[len(rates) // 2], "worst": min(rates)}
