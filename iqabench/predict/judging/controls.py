"""Pairs that tell whether a judge can be believed: shown again, shown again with sides swapped, and obvious ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from iqabench.data.images import Pixels
from iqabench.predict.judging.choose import ChosenPair

QUALITY = 8
"""Of the JPEG that an obviously worse image goes through."""
BLUR = 0.012
"""Standard deviation of its blur, as a share of the longer side."""


@dataclass(frozen=True)
class ControlNumbers:
    """How many pairs of each kind are added."""

    repeats: int = 4
    """Shown again, the same sides."""
    swapped: int = 4
    """Shown again, the sides swapped."""
    obvious: int = 12
    """An image beside itself, spoilt."""


@dataclass(frozen=True)
class DrawnControls:
    """Places of the chosen pairs that are repeated, and rows of the images that are spoilt."""

    repeats: list[int]
    swapped: list[int]
    obvious: list[int]


def draw_controls(
    pairs: Sequence[ChosenPair], images: Sequence[int], wanted: ControlNumbers, random: np.random.Generator
) -> DrawnControls:
    """Draw them without repetition; fewer where there are not so many pairs or images."""
    order = random.permutation(len(pairs)).tolist()
    repeats = order[: wanted.repeats]
    swapped = order[wanted.repeats : wanted.repeats + wanted.swapped]
    spoilt = [images[i] for i in random.permutation(len(images))[: wanted.obvious]]
    return DrawnControls(repeats, swapped, spoilt)


def spoilt(pixels: Pixels) -> Pixels:
    """The image so blurred and compressed that nobody takes it for the better one."""
    blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(max(1.5, BLUR * max(pixels.shape[:2]))))
    stream = io.BytesIO()
    blurred.save(stream, "JPEG", quality=QUALITY)
    return np.asarray(Image.open(stream).convert("RGB"))
