"""What images go through before the network; differentiable with respect to the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Preprocess:
    """Resize the short side, centre crop, normalise by the ImageNet statistics."""

    resize: int | None = None
    """Length of the short side in pixels; None to keep the size."""
    crop: int | None = None
    """Side of the centre crop in pixels; None for the whole image."""

    def __call__(self, images: Tensor, role: str) -> Tensor:
        """``(N, 3, H, W)`` in [0, 1] to normalised images; ``role`` chooses the interpolation.

        As in the released code, restored images are resized bicubically, references to the nearest pixel.
        """
        if self.resize is not None:
            images = resize_short_side(images, self.resize, bicubic=role == "restored")
        if self.crop is not None:
            height, width = images.shape[-2:]
            top, left = round((height - self.crop) / 2), round((width - self.crop) / 2)
            images = images[..., top : top + self.crop, left : left + self.crop]
        mean, std = statistics(images.dtype, images.device)
        return (images - mean) / std


FULL = Preprocess(resize=329, crop=288)
"""Of the paper and the released code: 329 is floor(288 / 0.875)."""

NATIVE = Preprocess()
"""Every pixel as it is; any size of at least 32×32."""


def resize_short_side(images: Tensor, length: int, *, bicubic: bool) -> Tensor:
    """Resize so that the shorter side has ``length`` pixels, by the filters that Pillow uses."""
    height, width = images.shape[-2:]
    if height <= width:
        size = (length, int(length * width / height))
    else:
        size = (int(length * height / width), length)
    if bicubic:
        # Antialiasing chooses Pillow's kernel (a = -0.5); Pillow's bytes cannot leave the range either.
        return functional.interpolate(images, size, mode="bicubic", antialias=True).clamp(0, 1)
    rows, columns = nearest(height, size[0], images.device), nearest(width, size[1], images.device)
    return images[..., rows, :][..., columns]


# Small tensors from the host, made once for each device: each time a GPU would have to wait for their copy.


@lru_cache(maxsize=8)
def statistics(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """ImageNet mean and standard deviation, each ``(3, 1, 1)``."""
    with torch.inference_mode(False):
        mean, std = (torch.tensor(values, dtype=dtype, device=device)[:, None, None] for values in (MEAN, STD))
    return mean, std


@lru_cache(maxsize=256)
def nearest(length: int, wanted: int, device: torch.device = _CPU) -> Tensor:
    """Index of the source pixel of each of ``wanted`` pixels, exactly as Pillow computes it.

    Pillow adds up steps in double precision; torch multiplies in single precision, and so differs
    where the centre of a pixel falls on an edge, as the middle one of 329 out of 288 does.
    """
    steps = np.full(wanted, length / wanted)
    steps[0] *= 0.5
    with torch.inference_mode(False):
        return torch.from_numpy(np.add.accumulate(steps).astype(np.int64)).to(device)
