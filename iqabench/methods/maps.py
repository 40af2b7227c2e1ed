"""Brings the map of a coarse layer to the size of the image, so that its mean stays what it was."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def spread(maps: Tensor, height: int, width: int) -> Tensor:
    """Resize ``(N, h, w)`` to ``(N, height, width)``; the mean of each map stays, and so does its range.

    Bilinear to the next whole factor, then the mean over the area of each pixel: both keep the sum of what they are
    given, which plain interpolation does not. Computed in float64, returned as it came.

    Examples
    --------
    >>> import torch
    >>> coarse = torch.rand(1, 5, 7)
    >>> bool(torch.isclose(spread(coarse, 32, 50).mean(), coarse.mean()))
    True
    """
    sides = maps.shape[-2:]
    if sides == (height, width):
        return maps
    factors = [max(1, math.ceil(wanted / side)) for wanted, side in zip((height, width), sides, strict=True)]
    finer = [side * factor for side, factor in zip(sides, factors, strict=True)]
    enlarged = functional.interpolate(maps[:, None].double(), finer, mode="bilinear", align_corners=False)[:, 0]
    rows = _area_means(enlarged.transpose(1, 2), height).transpose(1, 2)
    return _area_means(rows, width).to(maps.dtype)


def _area_means(maps: Tensor, length: int) -> Tensor:
    """Means over ``length`` equal parts of the last dimension, whose borders may fall within an element."""
    given = maps.shape[-1]
    if given == length:
        return maps
    integral = functional.pad(maps.cumsum(-1), (1, 0))
    borders = torch.arange(length + 1, dtype=torch.float64, device=maps.device) * (given / length)
    before = borders.floor().long().clamp(max=given - 1)
    reached = integral[..., before] + (borders - before) * maps[..., before]
    return reached.diff(dim=-1) * (length / given)
