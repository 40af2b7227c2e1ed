"""The rule by which large images are cut into tiles; :mod:`iqabench.scoring.tiles` scores by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

WHOLE_PIXELS = 2**21
"""Largest width x height that is scored whole by default; 1920x1080 is."""
SIDE = 512
"""Longest side of a tile in pixels by default."""
SMALLEST_SIDE = 32


@dataclass(frozen=True)
class Tiling:
    """When an image is cut into tiles, and into which.

    A method whose training asks for another rule carries one as its attribute ``tiling``.
    """

    whole_pixels: int | None = WHOLE_PIXELS
    """Largest width x height that is scored whole; None: always whole."""
    side: int = SIDE

    def cuts(self, height: int, width: int) -> bool:
        """True if an image of this size is scored in more than one tile."""
        too_large = self.whole_pixels is not None and height * width > self.whole_pixels
        return too_large and max(height, width) > self.side

    def tiles(self, height: int, width: int) -> list[Tile]:
        """The tiles of an image of this size, row by row; their areas sum to ``height * width``."""
        return [Tile(rows, columns) for rows, columns in product(spans(height, self.side), spans(width, self.side))]

    @property
    def name(self) -> str:
        """The rule in one word, for signatures: ``whole``, ``512`` (larger images in tiles), ``512-above-2097152``."""
        if self.whole_pixels is None:
            return "whole"
        return f"{self.side}-above-{self.whole_pixels}" if self.whole_pixels else str(self.side)

    def describe(self) -> str:
        """The rule in words."""
        if self.whole_pixels is None:
            return "whole"
        tiles = f"tiles of at most {self.side} x {self.side} pixels, the mean weighted by area"
        return f"whole up to {self.whole_pixels:,} pixels, else {tiles}" if self.whole_pixels else tiles


class Tile(NamedTuple):
    """A part of an image."""

    rows: slice
    columns: slice

    @property
    def area(self) -> int:
        """In pixels."""
        return int((self.rows.stop - self.rows.start) * (self.columns.stop - self.columns.start))


def spans(length: int, side: int) -> list[slice]:
    """Divide ``length`` pixels into the fewest spans of at most ``side``, equal but for a pixel."""
    count = math.ceil(length / side)
    edges = [i * length // count for i in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]
