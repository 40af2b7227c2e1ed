"""Where pictures are cut out: where the restorations of a content differ most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from iqabench.data.images import Pixels
from iqabench.predict.page.pictures import DETAIL


@dataclass(frozen=True)
class Crop:
    """A cut-out of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def elsewhere(self, size: tuple[int, int], other: tuple[int, int]) -> Crop:
        """The same place, as far as it goes, of an image of another size (height, width)."""
        if size == other:
            return self
        starts = [
            min(max(0, round((start + side / 2) * new / old - DETAIL / 2)), max(0, new - DETAIL))
            for start, side, old, new in zip((self.top, self.left), (self.height, self.width), size, other, strict=True)
        ]
        return at(starts[0], starts[1], other)

    def part_of(self, size: tuple[int, int]) -> list[float]:
        """Left, top, width and height as parts of an image of ``size`` (height, width)."""
        height, width = size
        return [self.left / width, self.top / height, self.width / width, self.height / height]


def at(top: int, left: int, size: tuple[int, int]) -> Crop:
    """The cut-out at a corner of an image of ``size`` (height, width)."""
    return Crop(top, left, min(DETAIL, size[0] - top), min(DETAIL, size[1] - left))


def most_different(images: Iterable[Pixels]) -> Crop | None:
    """The cut-out in which images ``uint8 (H, W, 3)`` of one size differ most; the one with most contrast if nowhere.

    They differ by the standard deviation of their luma over the images, summed over the cut-out. Images are looked at
    one by one, so that memory is that of one. None without an image.
    """
    count, mean, squares, first = 0, np.zeros(()), np.zeros(()), None
    for image in images:
        luma = image.astype(np.float32).mean(2)
        first = luma if first is None else first
        count += 1
        step = luma - mean
        mean = mean + step / count
        squares = squares + step * (luma - mean)
    if first is None:
        return None
    spread = np.sqrt(squares / count)
    return _largest(spread if spread.max() > 0 else contrast(first))


def contrast(luma: np.ndarray) -> np.ndarray:
    """Absolute differences of ``(H, W)`` to the neighbours below and to the right."""
    found = np.zeros_like(luma)
    found[:-1] += np.abs(np.diff(luma, axis=0))
    found[:, :-1] += np.abs(np.diff(luma, axis=1))
    return found


def _largest(weight: np.ndarray) -> Crop:
    """The cut-out with the largest sum, among half-overlapping ones."""
    height, width = weight.shape
    corners = [(top, left) for top in _starts(height) for left in _starts(width)]
    sums = [weight[top : top + DETAIL, left : left + DETAIL].sum(dtype=np.float64) for top, left in corners]
    return at(*corners[int(np.argmax(sums))], (height, width))


def _starts(length: int) -> list[int]:
    """Half-overlapping cut-outs from end to end."""
    last = max(0, length - DETAIL)
    return sorted({*range(0, last + 1, DETAIL // 2), last})
