"""Networks published as ncnn files (``.param`` text, ``.bin`` weights), run as PyTorch graphs.

Only the layers that ESRGAN-like networks are made of are known. The format is ncnn's: a line per layer
with its type, name, inputs, outputs and numbered parameters; the weights follow one another in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from iqabench._util.errors import WeightsError

MAGIC = "7767517"
HALF_FLAG = 0x01306B47
"""Marks weights stored as float16; 0 marks float32."""
LEAKY = "2"
"""ncnn's number of the leaky ReLU among activations."""

Layer = Callable[..., Tensor]


class _Weights:
    """Reads the ``.bin`` file from front to back."""

    def __init__(self, path: Path) -> None:
        self._path, self._bytes, self._at = path, path.read_bytes(), 0

    def plain(self, count: int, kind: str = "<f4") -> Tensor:
        """``count`` numbers without a flag, as float32."""
        size = count * np.dtype(kind).itemsize
        if self._at + size > len(self._bytes):
            raise WeightsError(f"{self._path} ends before all layers have their weights; it is damaged")
        values = np.frombuffer(self._bytes, kind, count, self._at).astype(np.float32)
        self._at += -(-size // 4) * 4
        return torch.from_numpy(values)

    def flagged(self, count: int) -> Tensor:
        """``count`` numbers after the flag that says how they are stored."""
        flag = int.from_bytes(self._bytes[self._at : self._at + 4], "little")
        if flag not in (0, HALF_FLAG):
            raise WeightsError(f"{self._path}: weights are stored in a way this reader does not know ({flag:#x})")
        self._at += 4
        return self.plain(count, "<f2" if flag else "<f4")

    def finish(self) -> None:
        """Raise WeightsError if something is left over."""
        if self._at != len(self._bytes):
            raise WeightsError(f"{self._path} is longer than its layers need; it belongs to another network")


class NcnnGraph(nn.Module):
    """One network. Call it with (N,3,h,w) RGB in 0..1; returns (N,3,h*scale,w*scale), not clipped.

    Raises
    ------
    WeightsError
        When made from files that are damaged, of another format or with unknown layers.
    """

    def __init__(self, param: Path, weights: Path) -> None:
        super().__init__()
        lines = param.read_text(encoding="ascii", errors="replace").split("\n")
        if lines[0].strip() != MAGIC:
            raise WeightsError(f"{param} is not an ncnn network description")
        self.convolutions = nn.ModuleDict()
        self._steps: list[tuple[Layer, list[str], list[str]]] = []
        reader = _Weights(weights)
        for words in (line.split() for line in lines[2:] if line.strip()):
            try:
                kind, name, inputs, outputs, settings = _parse(words)
                if kind != "Input":
                    self._steps.append((self._layer(param, kind, name, settings, reader), inputs, outputs))
            except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
                raise WeightsError(f"{param}: damaged line {' '.join(words)!r}") from error
        reader.finish()
        self._last_use = {blob: i for i, (_, inputs, _) in enumerate(self._steps) for blob in inputs}

    def forward(self, image: Tensor) -> Tensor:
        """Run the graph on an image ``(1, 3, H, W)`` in [0, 1]; each blob is dropped after its last use."""
        blobs = {"data": image}
        for index, (layer, inputs, outputs) in enumerate(self._steps):
            result = layer(*(blobs[name] for name in inputs))
            for name in inputs:
                if self._last_use[name] == index:
                    del blobs[name]
            blobs.update((name, result) for name in outputs)
        return blobs["output"]

    def _layer(self, param: Path, kind: str, name: str, settings: dict[str, str], reader: _Weights) -> Layer:
        if kind == "Convolution":
            return self._convolution(name, settings, reader)
        if kind == "PReLU":
            slope = nn.PReLU(int(settings["0"]))
            slope.weight.data = reader.plain(int(settings["0"]))
            self.convolutions[name] = slope
            return slope
        if kind == "Split":
            return lambda x: x
        if kind == "Concat":
            return lambda *xs: torch.cat(xs, 1)
        if kind == "BinaryOp" and settings.get("0", "0") == "0":
            return lambda x, y: x + y
        if kind == "Eltwise" and settings.get("0") == "1":
            first, second = (float(v) for v in settings["-23301"].split(",")[1:])
            return lambda x, y: first * x + second * y
        if kind == "Interp" and settings["0"] == "1":
            return lambda x: functional.interpolate(x, scale_factor=float(settings["1"]), mode="nearest")
        if kind == "PixelShuffle":
            return lambda x: functional.pixel_shuffle(x, int(settings["0"]))
        raise WeightsError(f"{param}: layer {name} of type {kind} {settings} is not known to this reader")

    def _convolution(self, name: str, settings: dict[str, str], reader: _Weights) -> Layer:
        out, size, total = int(settings["0"]), int(settings["1"]), int(settings["6"])
        if total % (out * size * size):
            raise ValueError(f"{total} weights do not fit {out} outputs of {size} x {size}")
        convolution = nn.Conv2d(total // (out * size * size), out, size, padding=int(settings.get("4", "0")))
        convolution.weight.data = reader.flagged(total).view_as(convolution.weight)
        assert convolution.bias is not None
        convolution.bias.data = reader.plain(out)
        self.convolutions[name] = convolution
        if settings.get("9") != LEAKY:
            return convolution
        slope = float(settings["-23310"].split(",")[1])
        return lambda x: functional.leaky_relu(convolution(x), slope, inplace=True)


def _parse(words: list[str]) -> tuple[str, str, list[str], list[str], dict[str, str]]:
    """Type, name, inputs, outputs and settings of one line."""
    kind, name, inputs, outputs = words[0], words[1], int(words[2]), int(words[3])
    blobs = words[4 : 4 + inputs + outputs]
    settings = dict(_pairs(words[4 + inputs + outputs :]))
    return kind, name, blobs[:inputs], blobs[inputs:], settings


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        key, _, value = word.partition("=")
        yield key, value
