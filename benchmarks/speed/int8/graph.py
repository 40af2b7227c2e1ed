"""Our 8-bit layers as ONNX models in QDQ form, which ONNX Runtime and OpenVINO compute with kernels of their own.

Weights, grids and biases are ours, so that the back ends differ in nothing but their kernels, and in that ONNX
Runtime computes a convolution in 8 bits only if its result is in 8 bits, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ckdn.int8 import Int8Stage
from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import Grid, Int8Conv


class Graph:
    """An ONNX model that grows node by node; values go by their names."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node's result."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any) -> str:
        """A constant."""
        name = f"c{len(self._constants)}"
        array = values.numpy() if isinstance(values, Tensor) else np.asarray(values)
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def on_grid(self, value: str, grid: Grid) -> str:
        """``value`` brought to ``grid`` and back."""
        scale, zero = self.constant(np.float32(grid.scale)), self.constant(np.uint8(grid.zero))
        return self.add("DequantizeLinear", self.add("QuantizeLinear", value, scale, zero), scale, zero)

    def conv(self, value: str, conv: Int8Conv | FusedConv) -> str:
        """A convolution without its ReLU; of one in 8 bits, ``value`` must be on its grid."""
        stride, padding, dilation, groups = conv.shape
        where = {"strides": stride, "pads": padding * 2, "dilations": dilation, "group": groups}
        if isinstance(conv, FusedConv):
            return self.add("Conv", value, self.constant(conv.weight), self.constant(conv.bias), **where)
        scales = conv.scales.numpy()
        weight = self.add(
            "DequantizeLinear",
            self.constant(conv.levels),
            self.constant(scales),
            self.constant(np.zeros(len(scales), np.int8)),
            axis=0,
        )
        steps = scales * np.float32(conv.given.scale)
        bias = self.add(
            "DequantizeLinear",
            self.constant(np.rint(conv.bias.numpy() / steps).astype(np.int32)),
            self.constant(steps),
            self.constant(np.zeros(len(scales), np.int32)),
            axis=0,
        )
        return self.add("Conv", value, weight, bias, **where)

    def model(self, *outputs: str) -> bytes:
        """The model, of one input ``x`` ``(N, C, H, W)``."""
        given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "c", "h", "w"])
        results = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{side}_{name}" for side in "nchw"])
            for name in outputs
        ]
        graph = helper.make_graph(self._nodes, "g", [given], results, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model.SerializeToString()


def stage_graph(stage: Int8Stage) -> bytes:
    """Bottlenecks of CKDN: bytes to bytes, as floats."""
    graph = Graph()
    zero, scale = (graph.constant(np.float32(one)) for one in (stage.given.zero, stage.given.scale))
    value = graph.on_grid(graph.add("Mul", graph.add("Sub", "x", zero), scale), stage.given)
    for block in stage.blocks:
        added = value if block.shortcut is None else _on_result(graph, block.shortcut, value)
        inner = _on_result(graph, block.second, _on_result(graph, block.first, value))
        summed = graph.add("Relu", graph.add("Add", graph.conv(inner, block.third), added))
        value = graph.on_grid(summed, block.third.result)
    return graph.model(graph.add("Div", value, graph.constant(np.float32(block.third.result.scale))))


def sequence_graph(layers: nn.Sequential, taps: tuple[int, ...], results: Mapping[int, Grid], l2_pool: bool) -> bytes:
    """VGG16's or AlexNet's layers up to the last tap; the taps are its outputs. ``results`` are grids by layer."""
    graph, value, tapped = Graph(), "x", []
    for index, layer in enumerate(layers):
        if isinstance(layer, Int8Conv):
            value = graph.conv(graph.on_grid(value, layer.given), layer)
        elif isinstance(layer, FusedConv):
            value = graph.conv(value, layer)
        elif isinstance(layer, nn.MaxPool2d):
            value = _l2_pool(graph, value, layers, index) if l2_pool else _max_pool(graph, value, layer)
        if isinstance(layer, Int8Conv | FusedConv):
            value = graph.add("Relu", value)
        if index in results:
            value = graph.on_grid(value, results[index])
        if index in taps:
            tapped.append(value)
    return graph.model(*tapped)


def _on_result(graph: Graph, conv: Int8Conv, value: str) -> str:
    value = graph.conv(value, conv)
    return graph.on_grid(graph.add("Relu", value) if conv.relu else value, conv.result or Grid(1, 0))


def _max_pool(graph: Graph, value: str, layer: nn.MaxPool2d) -> str:
    return graph.add("MaxPool", value, kernel_shape=[layer.kernel_size] * 2, strides=[layer.stride] * 2)


def _l2_pool(graph: Graph, value: str, layers: nn.Sequential, index: int) -> str:
    before = [one for one in list(layers)[:index] if isinstance(one, Int8Conv | FusedConv)][-1]
    channels = len(before.bias)
    row = np.array([0.25, 0.5, 0.25], np.float32)
    window = graph.constant(np.broadcast_to(np.outer(row, row), (channels, 1, 3, 3)))
    square = graph.add("Mul", value, value)
    pooled = graph.add("Conv", square, window, strides=[2, 2], pads=[1] * 4, group=channels)
    return graph.add("Sqrt", graph.add("Add", pooled, graph.constant(np.float32(1e-12))))
