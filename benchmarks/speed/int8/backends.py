"""The same method with its 8-bit layers computed by torch (oneDNN), ONNX Runtime or OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from baselines.full_reference.dists import Dists, centred
from baselines.full_reference.lpips import Lpips
from benchmarks.speed.int8.graph import sequence_graph, stage_graph
from iqabench.methods.registry import Registry
from iqabench.scoring.calibration import calibration_images, grid_of
from iqabench.scoring.int8 import Grid, Int8Conv

NETWORKS = {"ckdn": "ckdn-shipped", "lpips": "lpips", "dists": "dists"}
Part = Callable[[Tensor], list[Tensor]]


def methods(network: str) -> dict[str, Any]:
    """Ready to score, by the name of what computes it."""
    method = Registry(()).get(NETWORKS[network]).create()
    ready = {"fp32": method.fused("fp32"), "torch": method.fused("int8")}
    ready["ONNX Runtime"] = _moved(ready["torch"], onnx_runtime)
    ready["OpenVINO"] = _moved(ready["torch"], openvino)
    for one in ready.values():
        one.fused = lambda precision, one=one: one  # it is what scores
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


class Elsewhere(nn.Module):
    """A part that another library computes."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self._part = part

    def forward(self, images: Tensor) -> Tensor:
        """Its only output."""
        return self._part(images)[0]


def _moved(method: Any, build: Callable[[bytes], Part]) -> Any:
    """A copy of ``method`` in int8 with its layers computed by ``build``."""
    from copy import copy

    moved = copy(method)
    if isinstance(method, Lpips | Dists):
        part = build(sequence_graph(method._features, method._taps, _results(method), isinstance(method, Dists)))
        moved._layers = _dists_layers(moved, part) if isinstance(method, Dists) else _lpips_layers(moved, part)
        return moved
    network = method.network
    twin = copy(network)
    twin._modules = dict(network._modules)
    embedding = copy(network.qse)
    embedding._modules = {**embedding._modules, "blocks": Elsewhere(build(stage_graph(embedding.blocks)))}
    twin._modules["qse"] = embedding
    predictor = copy(network.csp)
    predictor._modules = {"stage": Elsewhere(build(stage_graph(network.csp.stage)))}
    twin._modules["csp"] = predictor
    moved._modules = {"network": twin}
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
        tapped = part(_begun(method, images))
        return [one / (torch.linalg.vector_norm(one, dim=1, keepdim=True) + 1e-10) for one in tapped]

    return layers


def _dists_layers(method: Any, part: Part) -> Callable[[Tensor], list[Any]]:
    def layers(images: Tensor) -> list[Any]:
        return [centred(images), *(centred(one) for one in part(_begun(method, images)))]

    return layers
