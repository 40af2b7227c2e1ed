"""LPIPS's layers by PT2E (torchao) and its x86 back end, beside ours: ``python -m benchmarks.speed.int8 pt2e``.

torch.export takes the network apart, the quantizer puts it into 8 bits, and torch.compile builds it, once for each
shape of a batch. Its kernels are oneDNN's, as ours are; between them, passes over memory are joined.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import torch
from torch import Tensor, nn

from baselines.full_reference.lpips import unit_length
from benchmarks.speed.int8.study import agreement, held_out, scores_of
from iqabench.methods.registry import Registry
from iqabench.scoring.calibration import calibration_images

BATCH, SIDE, REPEATS = 8, 288, 15


class Tapped(nn.Module):
    """Layers whose results at ``taps`` are given."""

    def __init__(self, layers: nn.Sequential, taps: tuple[int, ...]) -> None:
        super().__init__()
        self._layers, self._taps = copy.deepcopy(layers), taps
        for layer in self._layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """One result for each tap."""
        found = []
        for index, layer in enumerate(self._layers):
            images = layer(images)
            if index in self._taps:
                found.append(images)
        return tuple(found)


def pt2e(rounds: int, *, small: bool = False) -> dict[str, Any]:
    """Milliseconds for a batch of 8 at 288x288 (the layers alone), seconds to compile, and agreement with float32."""
    import torch._inductor.config
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer

    torch._inductor.config.freezing = True
    lpips = Registry(()).get("lpips").create()
    quantizer = x86_inductor_quantizer.X86InductorQuantizer()
    quantizer.set_global(x86_inductor_quantizer.get_default_x86_inductor_quantization_config())
    some = lpips._begun(torch.rand(4, 3, 176, 176))
    auto = torch.export.Dim.AUTO
    exported = torch.export.export(
        Tapped(lpips._features, lpips._taps), (some,), dynamic_shapes=({0: auto, 2: auto, 3: auto},)
    )
    prepared = prepare_pt2e(exported.module(), quantizer)
    ready = {"fp32": lpips.fused("fp32"), "ours": lpips.fused("int8"), "PT2E": lpips.fused("fp32")}
    begun = time.perf_counter()
    with torch.no_grad():
        for images in calibration_images(1 if small else None):
            prepared(lpips._begun(images))
        converted = convert_pt2e(prepared)
        calibrated, begun = time.perf_counter() - begun, time.perf_counter()
        compiled = torch.compile(converted, dynamic=False)
        given = torch.rand(1 if small else BATCH, 3, 64 if small else SIDE, 64 if small else SIDE)
        compiled(_last(lpips._begun(given)))
        built = time.perf_counter() - begun
        work = {"PT2E": lambda: [unit_length(one) for one in compiled(_last(lpips._begun(given)))]}
        work |= {name: lambda one=ready[name]: one._layers(given) for name in ("fp32", "ours")}
        laps = {name: [_milliseconds(one) for _ in range(rounds)] for name, one in work.items()}
    # Not compiled, since images differ in number: the same levels, computed as floats.
    ready["PT2E"]._layers = lambda images: [unit_length(one) for one in converted(lpips._begun(images.clone()).clone())]
    rows = held_out().head(6) if small else held_out()
    scores = {name: scores_of(method, rows) for name, method in ready.items()}
    click.echo(f"PT2E: {laps}", err=True)
    return {
        "ms": {name: statistics.median(lap) for name, lap in laps.items()},
        "seconds": {"calibration": calibrated, "compiling for one shape of a batch": built},
        "agreement": {name: agreement(scores[name], scores["fp32"], rows) for name in ("PT2E", "ours")},
    }


def _last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)


def _milliseconds(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)
