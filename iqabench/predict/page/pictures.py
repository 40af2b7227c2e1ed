"""Small copies of the images, and cut-outs at full resolution, as data; bounded in size whatever is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images import Pixels, read_image
from iqabench.render.report.thumbnails import data_address

if TYPE_CHECKING:
    from iqabench.predict.page.crops import Crop

BUDGET = 12_000_000
"""Characters that all pictures of a page may take together."""
SIDES = (640, 448, 320, 224, 160)
"""Longest side of a small copy in pixels: the largest that lets all of them stay below the budget."""
DETAIL = 256
"""Side in pixels of the cut-out at full resolution."""
_CHARACTERS_PER_PIXEL = 0.35
"""Of WebP at the report's quality, as text: measured on restored photographs, rounded up."""
_EXACT_CHARACTERS_PER_PIXEL = 2.2
"""Of lossless WebP, likewise."""


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
        each = budget / max(1, expected)
        self.exact = each / 2 >= DETAIL**2 * _EXACT_CHARACTERS_PER_PIXEL
        """True if there are few enough pictures for cut-outs without loss, pixel by pixel what was scored."""
        cut = DETAIL**2 * (_EXACT_CHARACTERS_PER_PIXEL if self.exact else _CHARACTERS_PER_PIXEL)
        share = (each - cut) / _CHARACTERS_PER_PIXEL
        self.side = next((side for side in SIDES if side**2 * 3 / 4 <= share), SIDES[-1])
        self.left_out = 0
        self.spent = 0

    def make(self, pixels: Pixels, crop: Crop) -> Picture | None:
        """The picture of one image with its cut-out; None once the budget is spent."""
        if self.spent >= self._budget:
            self.left_out += 1
            return None
        height, width = pixels.shape[:2]
        small = Image.fromarray(pixels)
        small.thumbnail((self.side, self.side), Image.Resampling.LANCZOS)
        rows, columns = slice(crop.top, crop.top + crop.height), slice(crop.left, crop.left + crop.width)
        cut = Image.fromarray(np.ascontiguousarray(pixels[rows, columns]))
        made = Picture(data_address(small), data_address(cut, exact=self.exact), width, height)
        self.spent += len(made.whole) + len(made.detail)
        return made


def shown_pixels(path: str) -> Pixels | None:
    """An image's pixels; None if it cannot be read."""
    try:
        return read_image(path)
    except DataError:
        return None  # the row says why it has no score
