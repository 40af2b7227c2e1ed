"""Small deterministic pictures for the checks: photographs-like textures and graded degradations."""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

CHECK_SIZE = 64
"""Side in pixels of the check pictures, unless a method needs more."""


@cache
def pristine(size: int = CHECK_SIZE, width: int | None = None, seed: int = 0) -> Tensor:
    """A colourful picture with edges and texture at all scales, ``(1, 3, size, width)`` in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    shape = (size, width or size)
    picture = torch.zeros(1, 3, *shape)
    for cells, weight in ((3, 0.5), (8, 0.3), (24, 0.2)):
        noise = torch.rand(1, 3, cells, cells, generator=generator)
        mode = "nearest" if cells == 8 else "bicubic"
        picture += weight * F.interpolate(noise, size=shape, mode=mode)
    return picture.clamp(0, 1)


def noisy(image: Tensor, level: float, seed: int = 1) -> Tensor:
    """``image`` with Gaussian noise of standard deviation ``level`` (in [0, 1]), clipped."""
    generator = torch.Generator().manual_seed(seed)
    return (image + level * torch.randn(image.shape, generator=generator)).clamp(0, 1)


def blurred(image: Tensor, factor: int) -> Tensor:
    """``image`` averaged down by ``factor`` and interpolated up again: what interpolation SR gives."""
    small = F.interpolate(image, scale_factor=1 / factor, mode="area")
    return F.interpolate(small, size=image.shape[-2:], mode="bicubic").clamp(0, 1)


def restored_batch(reference: Tensor) -> Tensor:
    """Four different restorations of one content, ``(4, 3, H, W)``."""
    variants = [noisy(reference, 0.05), noisy(reference, 0.2), blurred(reference, 2), blurred(reference, 4)]
    return torch.cat(variants)
