"""The same method with its 8-bit layers computed by torch (oneDNN), ONNX Runtime or OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from importlib.util import find_spec
from typing import Any

import click
import torch
from torch import Tensor, nn

from baselines.full_reference.dists import Dists, centred
from baselines.full_reference.lpips import Lpips, unit_length
from ckdn.int8 import FromImages, Int8Network, Int8Stage
from iqabench.methods.registry import Registry
from iqabench.scoring.calibration import calibration_images, grid_of
from iqabench.scoring.int8 import PIXELS, Grid, Int8Conv

NETWORKS = {"ckdn": "ckdn-shipped", "lpips": "lpips", "dists": "dists"}
Part = Callable[[Tensor], list[Tensor]]


def methods(network: str) -> dict[str, Any]:
    """Ready to score, by the name of what computes it."""
    method = Registry(()).get(NETWORKS[network]).create()
    ready = {"fp32": method.fused("fp32"), "torch": method.fused("int8")}
    for name, (build, libraries) in OTHERS.items():
        missing = [library for library in libraries if find_spec(library) is None]
        if missing:
            click.echo(f"{name}: not measured, since it is not installed: {', '.join(missing)}", err=True)
        else:
            ready[name] = _moved(ready["torch"], build)
    return ready


def onnx_runtime(model: bytes) -> Part:
    """A model for ONNX Runtime; its threads do not wait in a busy loop, since other contenders work in this process."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(images: Tensor) -> list[Tensor]:
        return [torch.from_numpy(one) for one in session.run(None, {"x": images.contiguous().numpy()})]

    return run


def openvino(model: bytes) -> Part:
    """A model for OpenVINO."""
    from openvino import Core

    core = Core()
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
    compiled = core.compile_model(core.read_model(model, b""), "CPU", options)

    def run(images: Tensor) -> list[Tensor]:
        found = compiled(images.contiguous().numpy())
        return [torch.from_numpy(found[place].copy()) for place in range(len(compiled.outputs))]

    return run


OTHERS = {"ONNX Runtime": (onnx_runtime, ("onnx", "onnxruntime")), "OpenVINO": (openvino, ("onnx", "openvino"))}
"""What else computes the same layers, and the packages that it needs."""


class Elsewhere(nn.Module):
    """Blocks that take and give bytes, and that another library computes."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._part = part

    def forward(self, levels: Tensor) -> Tensor:
        """Bytes to bytes."""
        return self._part(levels.float())[0].round_().to(torch.uint8)


def _moved(method: Any, build: Callable[[bytes], Part]) -> Any:
    """A copy of ``method`` in int8 with its layers computed by ``build``."""
    from benchmarks.speed.int8.graph import sequence_graph

    moved = copy(method)
    if isinstance(method, Lpips | Dists):
        part = build(sequence_graph(method._features, method._taps, _results(method), isinstance(method, Dists)))
        moved._layers = _dists_layers(moved, part) if isinstance(method, Dists) else _lpips_layers(moved, part)
        return moved
    moved._modules = {"network": _moved_network(method.network, build)}
    return moved


def _moved_network(network: Int8Network, build: Callable[[bytes], Part]) -> Int8Network:
    twin, embedding = copy(network), copy(network.qse)
    twin._modules, embedding._modules = dict(network._modules), dict(embedding._modules)
    restored, predictor = (_moved_stage(stage, build) for stage in (network._restored, network._predictor))
    twin._modules |= {"_restored": restored, "_predictor": predictor, "qse": embedding}
    embedding._modules["blocks"] = FromImages(restored)
    return twin


def _moved_stage(stage: Int8Stage, build: Callable[[bytes], Part]) -> Int8Stage:
    from benchmarks.speed.int8.graph import stage_graph

    moved = copy(stage)
    moved._modules = {"blocks": Elsewhere(build(stage_graph(stage)))}
    return moved


def _results(method: Any) -> dict[int, Grid]:
    """Grids of what the convolutions in 8 bits give."""
    found: dict[int, Grid] = {}
    images = calibration_images(2)
    with torch.inference_mode():
        values = [_begun(method, one) for one in images]
        for index, layer in enumerate(method._features):
            values = [_through(method, layer, one) for one in values]
            if isinstance(layer, Int8Conv):
                found[index] = grid_of(values)
    return found


def _begun(method: Any, images: Tensor) -> Tensor:
    if isinstance(method, Lpips):
        return method._begun(images)
    return (images - method._mean) / method._deviation


def _through(method: Any, layer: nn.Module, values: Tensor) -> Tensor:
    from baselines.full_reference import dists

    return dists._through(layer, values) if isinstance(method, Dists) else layer(values)


def _lpips_layers(method: Any, part: Part) -> Callable[[Tensor], list[Tensor]]:
    def layers(images: Tensor) -> list[Tensor]:
        tapped = part(PIXELS.values(_begun(method, images)))
        return [unit_length(one) for one in tapped]

    return layers


def _dists_layers(method: Any, part: Part) -> Callable[[Tensor], list[Any]]:
    def layers(images: Tensor) -> list[Any]:
        return [centred(images), *(centred(one) for one in part(_begun(method, images)))]

    return layers
