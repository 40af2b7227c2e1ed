"""Photographs become contents, and each content three restorations that faults are put on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images import Pixels, read_image, upsample
from iqabench.data.mini import mini_folder
from iqabench.synthesis.crops import choose_crops
from iqabench.synthesis.photographs import Photograph, find_photographs

FACTOR = 4
"""By which the degraded image is smaller than the pristine one."""
SMALLEST = 64
"""Side in pixels below which faults are no longer told apart."""
STARTS = ("ideal", "half", "bicubic")
"""The pristine picture itself; the mean of it and the bicubic one; the degraded image enlarged (bicubic)."""
_STRIDE = 16


@dataclass(frozen=True)
class LadderContent:
    """One pristine crop and what a restoration of it would have been given."""

    name: str
    pristine: Pixels
    degraded: Pixels
    """``FACTOR`` times smaller, bicubic."""

    def start(self, name: str) -> Pixels:
        """The restoration called ``name``, one of :data:`STARTS`."""
        if name == "ideal":
            return self.pristine
        enlarged = upsample(self.degraded, *self.pristine.shape[:2])
        if name == "bicubic":
            return enlarged
        mean = (self.pristine.astype(np.uint16) + enlarged + 1) // 2
        return mean.astype(np.uint8)


def choose_photographs(folders: Sequence[Path], most: int | None) -> list[Photograph]:
    """The first ``most`` photographs below ``folders`` (None: all); without a folder the pristine images of ``mini``.

    Raises
    ------
    DataError
        If a folder does not exist or holds no image.
    """
    found = find_photographs(tuple(folders) or (mini_folder() / "pristine",))
    return found[:most]


def content_of(photograph: Photograph, size: int) -> LadderContent:
    """The square of ``size`` pixels with the most detail of a photograph.

    A photograph that is smaller gives the largest square that fits, its side a multiple of :data:`FACTOR`.

    Raises
    ------
    DataError
        If the photograph cannot be read, or a side is shorter than :data:`SMALLEST` pixels.
    """
    image = read_image(photograph.path)
    side = min(size, *image.shape[:2])
    side -= side % FACTOR
    if side < SMALLEST:
        height, width = image.shape[:2]
        raise DataError(
            f"{photograph.path}: {width}x{height} pixels; the ladder needs {SMALLEST} on each side: take the file "
            "away, or name a folder of larger photographs"
        )
    ((top, left),) = choose_crops(image, 1, side, _STRIDE)
    pristine = np.ascontiguousarray(image[top : top + side, left : left + side])
    small = (side // FACTOR, side // FACTOR)
    degraded = np.array(Image.fromarray(pristine).resize(small, Image.Resampling.BICUBIC))
    return LadderContent(photograph.name, pristine, degraded)
