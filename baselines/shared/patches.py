"""Patches of images: random ones to train on, a fixed grid to score."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def grid_starts(length: int, side: int, stride: int) -> list[int]:
    """Where patches of ``side`` begin on an axis of ``length``: every ``stride``, the last one at the border."""
    starts = list(range(0, length - side + 1, stride))
    if starts[-1] != length - side:
        starts.append(length - side)
    return starts


def grid_patches(images: Tensor, side: int | tuple[int, int], stride: int) -> Tensor:
    """All patches of a fixed grid that covers every pixel, ``(N, P, 3, h, w)``, row by row.

    ``side`` is the height and width of a patch, or both; images must be at least as large.
    """
    tall, wide = (side, side) if isinstance(side, int) else side
    downs = grid_starts(images.shape[-2], tall, stride)
    rights = grid_starts(images.shape[-1], wide, stride)
    cut = [images[..., down : down + tall, right : right + wide] for down in downs for right in rights]
    return torch.stack(cut, dim=1)


def random_patches(images: Sequence[Tensor], side: int, count: int) -> list[Tensor]:
    """``count`` random patches of every image, at the same places in all tensors of ``images``.

    Each of ``images`` is ``(N, 3, H, W)``, all of one shape; each result is ``(N, count, 3, side, side)``.
    The places are drawn on the CPU from torch's generator, so that they do not depend on the device.
    """
    number, _, height, width = images[0].shape
    downs = torch.randint(height - side + 1, (number, count)).tolist()
    rights = torch.randint(width - side + 1, (number, count)).tolist()

    def cut(image: Tensor, down: list[int], right: list[int]) -> Tensor:
        return torch.stack([image[:, d : d + side, r : r + side] for d, r in zip(down, right, strict=True)])

    return [torch.stack([cut(*row) for row in zip(batch, downs, rights, strict=True)]) for batch in images]
