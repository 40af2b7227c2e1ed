"""What images go through before the network; differentiable with respect to the image."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from iqabench.methods.maps import spread

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
    eight_bit: bool = False
    """True to resize 8-bit images by Pillow to 8-bit images, as the released code does, where no gradient is asked."""

    def __call__(self, images: Tensor, role: str) -> Tensor:
        """``(N, 3, H, W)`` in [0, 1] to normalised images; ``role`` chooses the interpolation.

        As in the released code, restored images are resized bicubically, references to the nearest pixel.
        """
        if self.resize is not None:
            images = self._resized(images, self.resize, bicubic=role == "restored")
        if self.crop is not None:
            top, left = self._corner(*images.shape[-2:])
            images = images[..., top : top + self.crop, left : left + self.crop]
        mean, std = statistics(images.dtype, images.device)
        return (images - mean) / std

    def on_image(self, maps: Tensor, images: Tensor) -> Tensor:
        """Maps ``(N, h, w)`` of what the network saw, as ``(N, H, W)`` of ``images``.

        What a crop leaves out has the mean of the rest, so that the mean stays.
        """
        size = resized_size(images, self.resize) if self.resize is not None else (images.shape[2], images.shape[3])
        if self.crop is not None:
            seen = spread(maps, self.crop, self.crop)
            maps = seen.mean((1, 2), keepdim=True).expand(-1, *size).clone()
            top, left = self._corner(*size)
            maps[:, top : top + self.crop, left : left + self.crop] = seen
        return spread(maps, images.shape[2], images.shape[3])

    def _corner(self, height: int, width: int) -> tuple[int, int]:
        """Top and left of the centre crop."""
        crop = self.crop or 0
        return round((height - crop) / 2), round((width - crop) / 2)

    def _resized(self, images: Tensor, length: int, *, bicubic: bool) -> Tensor:
        levels = eight_bit_levels(images) if self.eight_bit and bicubic and not images.requires_grad else None
        if levels is None:
            return resize_short_side(images, length, bicubic=bicubic)
        return pillow_bicubic(levels, resized_size(images, length)).to(images)


FULL = Preprocess(resize=329, crop=288)
"""Of the paper: 329 is floor(288 / 0.875)."""

EIGHT_BIT = replace(FULL, eight_bit=True)
"""Of the released code: as :data:`FULL`, but R is resized as an 8-bit image."""

NATIVE = Preprocess()
"""Every pixel as it is; any size of at least 32×32."""


def resize_short_side(images: Tensor, length: int, *, bicubic: bool) -> Tensor:
    """Resize so that the shorter side has ``length`` pixels, by the filters that Pillow uses."""
    height, width = images.shape[-2:]
    size = resized_size(images, length)
    if bicubic:
        # Antialiasing chooses Pillow's kernel (a = -0.5); Pillow's bytes cannot leave the range either.
        return functional.interpolate(images, size, mode="bicubic", antialias=True).clamp(0, 1)
    rows, columns = nearest(height, size[0], images.device), nearest(width, size[1], images.device)
    return images[..., rows, :][..., columns]


def resized_size(images: Tensor, length: int) -> tuple[int, int]:
    """Height and width with a short side of ``length`` pixels; the long side is cut to whole pixels."""
    height, width = images.shape[-2:]
    return (length, int(length * width / height)) if height <= width else (int(length * height / width), length)


def eight_bit_levels(images: Tensor) -> Tensor | None:
    """The levels (uint8) of images in [0, 1] that hold 8-bit values; None for any others."""
    scaled = images.detach() * 255
    levels = scaled.round()
    return levels.to(torch.uint8) if bool((scaled - levels).abs().max() < 1e-3) else None


def pillow_bicubic(levels: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize ``(N, 3, H, W)`` uint8 by Pillow; return float32 in [0, 1] on the CPU."""

    def resized(plane: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(plane).resize((size[1], size[0]), Image.Resampling.BICUBIC))

    planes = levels.flatten(0, 1).cpu().numpy()
    # Pillow works beside Python: the planes of a batch are resized at once.
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        together = np.stack(list(pool.map(resized, planes)))
    return torch.from_numpy(together).view(*levels.shape[:2], *size).float().div_(255)


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
