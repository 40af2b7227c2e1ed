"""Where the CPU time of scoring goes, part by part, in one thread: ``python -m benchmarks.speed profile ckdn``.

Python tells when a function begins and ends (``sys.setprofile``). A part has the CPU time of its own thread in
between, less that of the parts inside it: other work on the machine hardly disturbs it, and threads that decode count
by themselves.
"""

from __future__ import annotations

import inspect
import sys
import threading
import time
from collections import defaultdict
from types import CodeType, FrameType
from typing import Any

from benchmarks.speed.harness import SpeedSetting
from benchmarks.speed.scoring import ours

SIDE = 2048
"""Of the matrix product that is the peak."""
REST = "the rest (planning, Python, memory)"


def profile(setting: SpeedSetting, method: str, repeats: int) -> str:
    """A Markdown table: CPU ms per image, share and GFLOP/s of each part of scoring with ``method`` in float32."""
    lap = ours(setting, method)
    import torch

    torch.set_num_threads(1)
    lap()  # not counted: it loads libraries and fills caches
    clock, images, used = Clock(known_parts()), 0, time.process_time()
    sys.setprofile(clock)
    threading.setprofile(clock)  # of threads that start from now on
    try:
        for _ in range(repeats):
            images += lap().count
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    used = time.process_time() - used
    clock.seconds[REST] = used - sum(clock.seconds.values())
    return rendered(clock, images, _peak(repeats, 32 if setting.small else SIDE))


def known_parts() -> dict[CodeType, str]:
    """The functions that are told apart; a convolution is named by its shape."""
    from torch import nn

    from baselines.full_reference.lpips import Lpips
    from ckdn.blocks import ScoreHead, channel_statistics
    from ckdn.fused import FusedNetwork
    from ckdn.preprocess import Preprocess
    from iqabench.data.images import read_image
    from iqabench.scoring import decode, engine
    from iqabench.scoring.fused import FusedConv

    named: dict[Any, str] = {
        read_image: "decoding",
        decode._ship: "stacking a batch",
        engine.to_float: "bytes to floats",
        Preprocess._resized: "resizing",
        Preprocess.__call__: "cropping, normalising",
        FusedNetwork._run: "to channels last",
        FusedNetwork.score: "difference of embeddings",
        channel_statistics: "statistics of the reference",
        ScoreHead.logits: "mean and fully connected layers",
        Lpips._begun: "normalising, to channels last",
        Lpips._layers: "features to unit length",
        Lpips.score: "squared differences, their means",
        nn.MaxPool2d.forward: "max-pool",
        FusedConv.forward: CONVOLUTION,
    }
    return {inspect.unwrap(function).__code__: name for function, name in named.items()}


CONVOLUTION = "convolution"


class Clock:
    """The profile function of every thread: adds up each part's own CPU time, and the arithmetic of convolutions."""

    def __init__(self, parts: dict[CodeType, str]) -> None:
        self._parts = parts
        self._thread = threading.local()
        self._lock = threading.Lock()
        self.seconds: dict[str, float] = defaultdict(float)
        self.gflop: dict[str, float] = defaultdict(float)

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        """Called by Python as a function begins (``call``) or ends (``return``)."""
        if event not in ("call", "return") or frame.f_code not in self._parts:
            return
        now, part = time.thread_time(), self._parts[frame.f_code]
        running = self._thread.__dict__.setdefault("running", [])
        with self._lock:
            if running:
                self.seconds[running[-1]] += now - self._thread.since
            if event == "call":
                running.append(_shape(frame) if part == CONVOLUTION else part)
            elif running:  # the function in which the clock was started ends unseen
                ended = running.pop()
                if part == CONVOLUTION and result is not None:
                    self.gflop[ended] += 2 * result.numel() * frame.f_locals["self"].weight[0].numel() / 1e9
        self._thread.since = time.thread_time()


def _shape(frame: FrameType) -> str:
    conv, images = frame.f_locals["self"], frame.f_locals["images"]
    out, inward, height, width = conv.weight.shape
    added = "" if frame.f_locals["added"] is None else " and a sum"
    strides = f", stride {conv.shape[0][0]}" if conv.shape[0][0] > 1 else ""
    return f"{CONVOLUTION} {height}x{width}, {inward} to {out} at {images.shape[-1]}{strides}{added}"


def rendered(clock: Clock, images: int, peak: float) -> str:
    """The table, costliest part first; ``peak`` in GFLOP/s."""
    whole = sum(clock.seconds.values())
    lines = ["| part | CPU ms per image | share | GFLOP/s | of the peak |", "|---|---|---|---|---|"]
    for part, seconds in sorted(clock.seconds.items(), key=lambda one: -one[1]):
        rate = clock.gflop[part] / seconds if part in clock.gflop else None
        arithmetic = "| |" if rate is None else f"{rate:.0f} | {rate / peak:.0%} |"
        lines.append(f"| {part} | {1000 * seconds / images:.2f} | {seconds / whole:.1%} | {arithmetic}")
    arithmetic = f"{sum(clock.gflop.values()) / whole:.0f}"
    lines.append(f"| **all** | {1000 * whole / images:.2f} | | {arithmetic} | peak {peak:.0f} |")
    return "\n".join(lines)


def _peak(repeats: int, side: int) -> float:
    """GFLOP/s of the fastest of some products of matrices ``(side, side)``, by CPU time."""
    import torch

    one, rates = torch.randn(side, side), []
    for _ in range(2 + repeats):
        started = time.thread_time()
        torch.mm(one, one)
        rates.append(2 * side**3 / 1e9 / (time.thread_time() - started))
    return max(rates)
