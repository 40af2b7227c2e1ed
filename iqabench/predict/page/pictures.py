"""Small copies of the images, and cut-outs at full resolution, as data; bounded in size whatever is scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images import Pixels, read_image
from iqabench.render.report.thumbnails import data_address

BUDGET = 12_000_000
"""Characters that all pictures of a page may take together."""
SIDES = (640, 448, 320, 224, 160)
"""Longest side of a small copy in pixels: the largest that lets all of them stay below the budget."""
DETAIL = 256
"""Side in pixels of the cut-out at full resolution."""
_CHARACTERS_PER_PIXEL = 0.35
"""Of WebP at the report's quality, as text: measured on restored photographs, rounded up."""


@dataclass(frozen=True)
class Picture:
    """One image, small and whole, and a cut-out at full resolution."""

    whole: str
    detail: str
    width: int
    height: int
    """Of the image in pixels."""


class Pictures:
    """Makes pictures until the budget is spent; counts what it could not make."""

    def __init__(self, expected: int, budget: int = BUDGET) -> None:
        self._budget = budget
        share = budget / max(1, expected) / _CHARACTERS_PER_PIXEL - DETAIL**2
        self.side = next((side for side in SIDES if side**2 * 3 / 4 <= share), SIDES[-1])
        self.left_out = 0
        self.spent = 0

    def make(self, pixels: Pixels, corner: tuple[int, int]) -> Picture | None:
        """The picture of one image, cut out at ``corner`` (top, left); None once the budget is spent."""
        if self.spent >= self._budget:
            self.left_out += 1
            return None
        height, width = pixels.shape[:2]
        small = Image.fromarray(pixels)
        small.thumbnail((self.side, self.side), Image.Resampling.LANCZOS)
        top, left = corner
        cut = Image.fromarray(np.ascontiguousarray(pixels[top : top + DETAIL, left : left + DETAIL]))
        made = Picture(data_address(small), data_address(cut), width, height)
        self.spent += len(made.whole) + len(made.detail)
        return made


def shown_pixels(path: str) -> Pixels | None:
    """An image's pixels; None if it cannot be read."""
    try:
        return read_image(path)
    except DataError:
        return None  # the row says why it has no score


def busiest_corner(pixels: Pixels) -> tuple[int, int]:
    """Corner (top, left) of the cut-out with the most contrast, among half-overlapping ones."""
    luma = pixels.astype(np.float32).mean(2)
    height, width = luma.shape
    contrast = np.zeros_like(luma)
    contrast[:-1] += np.abs(np.diff(luma, axis=0))
    contrast[:, :-1] += np.abs(np.diff(luma, axis=1))
    corners = [
        (top, left)
        for top in range(0, max(1, height - DETAIL + 1), DETAIL // 2)
        for left in range(0, max(1, width - DETAIL + 1), DETAIL // 2)
    ]
    sums = [contrast[top : top + DETAIL, left : left + DETAIL].sum() for top, left in corners]
    return corners[int(np.argmax(sums))]
