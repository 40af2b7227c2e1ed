"""Single convolutions in float32 and in 8 bits: what the kernels gain, without what lies between them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import Grid, Int8Conv

BATCH, REPEATS = 8, 9
LAYERS = {
    "CKDN, 1x1, 64 to 256 at 72": (64, 256, 1, 1, 72),
    "CKDN, 1x1, 256 to 64 at 72": (256, 64, 1, 1, 72),
    "CKDN, 3x3, 64 at 72": (64, 64, 3, 1, 72),
    "CKDN, 3x3, 128 at 36": (128, 128, 3, 1, 36),
    "CKDN, 1x1, 128 to 512 at 36": (128, 512, 1, 1, 36),
    "LPIPS, 5x5, 64 to 192 at 35": (64, 192, 5, 1, 35),
    "LPIPS, 3x3, 192 to 384 at 17": (192, 384, 3, 1, 17),
    "DISTS, 3x3, 256 at 72": (256, 256, 3, 1, 72),
}
"""Channels in and out, kernel, stride, side."""


def layers() -> dict[str, Any]:
    """Milliseconds for a batch of 8, medians: float32; 8 bits with bytes and with floats as results."""
    found = {}
    with torch.inference_mode():
        for name, (inward, outward, kernel, stride, side) in LAYERS.items():
            conv = FusedConv(nn.Conv2d(inward, outward, kernel, stride, kernel // 2), relu=True)
            images = torch.rand(BATCH, inward, side, side).contiguous(memory_format=torch.channels_last)
            grid = Grid(1 / 255, 0)
            scales = conv.weight.abs().amax((1, 2, 3)) / 127
            levels = (conv.weight / scales[:, None, None, None]).round().to(torch.int8)
            result = Grid(float(conv(images).max()) / 255, 0)
            bytes_, floats = (Int8Conv(conv, levels, scales, conv.bias, grid, kind) for kind in (result, None))
            given = grid.quantize(images)
            found[name] = {
                "fp32": _milliseconds(lambda c=conv, x=images: c(x)),
                "int8 to bytes": _milliseconds(lambda c=bytes_, x=given: c(x)),
                "int8 to floats": _milliseconds(lambda c=floats, x=given: c(x)),
            }
    return found


def _milliseconds(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(REPEATS + 2):
        started = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken[2:])
