"""Convolutions in 8 bits, as oneDNN computes them on processors with VNNI: about four times as fast as in float32.

Inputs are unsigned bytes on one grid for a whole tensor, weights signed bytes with a scale for each output channel,
sums 32 bits wide. The grids and weights come from :mod:`iqabench.scoring.calibration`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from iqabench.scoring.fused import FusedConv


class Grid(NamedTuple):
    """What bytes stand for: ``(byte - zero) * scale``."""

    scale: float
    zero: int

    def quantize(self, values: Tensor) -> Tensor:
        """The nearest bytes of ``values``, cut to what the grid covers."""
        # Half a level is added and the conversion cuts. The sum is one pass over memory, as the others are.
        middle = torch.tensor(self.zero + 0.5)
        return torch.add(middle, values, alpha=1 / self.scale).clamp_(0, 255).to(torch.uint8)

    def values(self, levels: Tensor) -> Tensor:
        """What bytes stand for, in float32."""
        return torch.add(torch.tensor(-self.zero * self.scale), levels, alpha=self.scale)


PIXELS = Grid(1 / 255, 0)
"""What the bytes of an image stand for."""


def framed(images: Tensor, mean: Tensor, width: int) -> Tensor:
    """Images ``(N, 3, H, W)`` in [0, 1] as bytes, in a frame of ``width`` pixels of the colour ``mean`` ``(3, 1, 1)``.

    The bytes of 8-bit images are exact.
    """
    count, channels, height, length = images.shape
    shape = (count, channels, height + 2 * width, length + 2 * width)
    bytes_ = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
    edge = slice(width), slice(-width, None)
    for side in (*(bytes_[:, :, rows] for rows in edge), *(bytes_[..., columns] for columns in edge)):
        side[:] = PIXELS.quantize(mean)
    inner = images.contiguous(memory_format=torch.channels_last)  # to bring bytes into this order takes longer
    bytes_[:, :, width : width + height, width : width + length] = PIXELS.quantize(inner)
    return bytes_


def take_pixels(conv: FusedConv, mean: Tensor, deviation: Tensor) -> int:
    """Let ``conv``, which is given images less ``mean`` by ``deviation`` ``(3, 1, 1)``, take them in [0, 1] instead.

    Returns how wide a frame of ``mean`` they need: where it was padded by 0, it saw that colour.
    """
    stride, padding, dilation, groups = conv.shape
    conv.weight.div_(deviation)
    conv.bias.sub_((conv.weight * mean).sum((1, 2, 3)))
    conv.shape = stride, [0, 0], dilation, groups
    return padding[0]


class Int8Conv(nn.Module):
    """A :class:`~iqabench.scoring.fused.FusedConv` in 8 bits.

    Parameters
    ----------
    conv
        The convolution in float32.
    levels, scales
        Its weights as int8 ``(O, I, h, w)``, and what one level of each output channel is worth ``(O,)``.
    bias
        ``(O,)``.
    given
        Grid of its input. An input in float32 is brought to it.
    result
        Grid of its result; None for a result in float32.
    """

    def __init__(
        self, conv: FusedConv, levels: Tensor, scales: Tensor, bias: Tensor, given: Grid, result: Grid | None = None
    ) -> None:
        super().__init__()
        self.given, self.result, self.relu, self.levels = given, result, conv.relu, levels
        self.shape = conv.shape
        self.scales, self.bias = scales, bias
        self._zeros = torch.zeros(len(scales), dtype=torch.int64)
        self._packed: dict[tuple[int, ...], Tensor] = {}

    @classmethod
    def of(cls, conv: FusedConv, found: Mapping[str, Tensor]) -> Int8Conv:
        """The convolution of what :meth:`tensors` gave; of ``conv``, only the shape is read."""
        scale, zero, *result = found["grids"].tolist()
        after = Grid(result[0], int(result[1])) if result else None
        return cls(conv, found["levels"], found["scales"], found["bias"], Grid(scale, int(zero)), after)

    def tensors(self) -> dict[str, Tensor]:
        """All that calibration found; ``grids``: scale and zero of the input, and of a result in bytes."""
        grids = torch.tensor([*self.given, *(self.result or ())], dtype=torch.float64)
        return {"levels": self.levels, "scales": self.scales, "bias": self.bias, "grids": grids}

    def forward(self, images: Tensor, added: Tensor | None = None, added_grid: Grid | None = None) -> Tensor:
        """Convolve bytes or floats ``(N, I, H, W)``; the result overwrites ``added``, bytes on ``added_grid``."""
        if images.dtype != torch.uint8:
            images = self.given.quantize(images)
        kind = torch.float32 if self.result is None else torch.uint8
        grid = self.result or Grid(1.0, 0)
        weights = (images, *self.given, self._for(images), self.scales, self._zeros)
        if added is None or added_grid is None:
            after = "relu" if self.relu else "none"
            alone: Tensor = torch.ops.onednn.qconv2d_pointwise(
                *weights, self.bias, *self.shape, *grid, kind, after, [], ""
            )
            return alone
        summed: Tensor = torch.ops.onednn.qconv2d_pointwise.binary(
            *weights, added, self.bias, *self.shape, *grid, kind, *added_grid, "sum", 1.0, "relu", [], ""
        )
        return summed

    def _for(self, images: Tensor) -> Tensor:
        """The weights in the order that suits such a batch; in another they would be sorted anew each time.

        With several threads the order depends on the number of images, too.
        """
        size = tuple(images.shape)
        if size not in self._packed:
            while len(self._packed) >= KEPT:
                self._packed.pop(next(iter(self._packed)))
            self._packed[size] = torch.ops.onednn.qconv_prepack(
                self.levels, self.scales, *self.given, *self.shape, list(size)
            )
        return self._packed[size]


KEPT = 16
"""Shapes of batches that weights are kept in order for."""
AVAILABLE = hasattr(torch.ops.onednn, "qconv2d_pointwise") and torch.backends.mkldnn.is_available()
"""True if this torch has oneDNN's 8-bit convolutions."""


def has_vnni() -> bool:
    """True if this processor multiplies bytes four at a time; without, int8 runs, but no faster than float32."""
    return bool(torch.cpu._is_vnni_supported())


def mean_over(images: Sequence[Tensor]) -> Tensor:
    """Mean of each channel ``(C,)`` over batches ``(N, C, h, w)`` of any sizes."""
    return torch.cat([one.mean((2, 3)) for one in images]).mean(0)
