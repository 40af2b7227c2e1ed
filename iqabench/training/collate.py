"""From decoded images to one float batch on the training device."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from iqabench._util.errors import DataError

View = Callable[[Tensor, str], Tensor]
"""Preprocessing of images ``(N, 3, H, W)`` that play a role: ``restored``, ``degraded`` or ``pristine``."""


def collate(
    images: list[Tensor],
    names: list[str],
    role: str,
    view: View,
    device: torch.device,
    crop: int | None,
    places: np.ndarray,
) -> Tensor:
    """Images uint8 ``(3, H, W)`` to one float batch ``(N, 3, h, w)``: ``view``, then the crop.

    Images of one size go through ``view`` together, others one by one; crops of images that
    share a content and a size lie at the same place. Without ``crop``, images that still differ in size are cropped
    to the height and width that all of them have.

    Raises
    ------
    DataError
        If an image is smaller than the crop.
    """
    if all(image.shape == images[0].shape for image in images):
        together = view(as_float(torch.stack(images), device), role)
        if crop is None:
            return together.contiguous()
        seen = list(together)
    else:
        seen = [view(as_float(image[None], device), role)[0] for image in images]
    if crop is not None:
        seen = [
            crop_at(image, crop, float(place[0]), float(place[1]), name)
            for image, place, name in zip(seen, places, names, strict=True)
        ]
    height, width = (min(image.shape[axis] for image in seen) for axis in (1, 2))
    return torch.stack(
        [
            _cut(image, height, width, float(place[0]), float(place[1]))
            for image, place in zip(seen, places, strict=True)
        ]
    )


def as_float(images: Tensor, device: torch.device) -> Tensor:
    """uint8 images to float32 in [0, 1] on ``device``, moved as bytes."""
    return moved(images, device).to(torch.float32).div_(255)


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """``tensor`` on ``device``. On the way to a GPU it does not wait for what the GPU is at: pageable memory would."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def crop_at(image: Tensor, side: int, down: float, right: float, name: str) -> Tensor:
    """Cut a ``side`` × ``side`` square out of ``(3, H, W)``; ``down`` and ``right`` in [0, 1) place it."""
    height, width = image.shape[1:]
    if min(height, width) < side:
        raise DataError(f"{name} is {width}×{height} pixels; the recipe crops {side}×{side}")
    return _cut(image, side, side, down, right)


def _cut(image: Tensor, height: int, width: int, down: float, right: float) -> Tensor:
    """The part of ``(3, H, W)`` that is so high and wide, at the place that ``down`` and ``right`` in [0, 1) say."""
    top, left = int(down * (image.shape[1] - height + 1)), int(right * (image.shape[2] - width + 1))
    return image[:, top : top + height, left : left + width]
