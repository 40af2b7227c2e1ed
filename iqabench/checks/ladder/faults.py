"""Nine kinds of fault, each at four strengths: what goes wrong in restorations, made on purpose.

Within one picture a kind's strengths share what is drawn at random (the noise, the places of lost blocks, the direction
of a warp), so that a stronger fault is the same fault, stronger. The first strength is visible beside the picture
without it; the last one spoils the picture.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from iqabench.data.images import Pixels

LOST_SIDE = 8
"""Side of a lost block in pixels."""
_SMOOTH_WARP = 8.0
"""Deviation in pixels of the Gaussian that smooths the field of a warp."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault."""

    kind: str
    strengths: tuple[float, float, float, float]
    """Ascending in damage."""
    unit: str
    """What a strength counts."""
    apply: Callable[[Pixels, float, np.random.RandomState], Pixels]
    """``(picture uint8 (H, W, 3), strength, generator)`` to a new picture of that shape."""

    def on(self, picture: Pixels, level: int, content: str, seed: int = 0) -> Pixels:
        """``picture``, ``uint8 (H, W, 3)``, with this fault at ``level`` 1 to 4; at level 0 the picture itself.

        What is drawn at random depends on the seed, the content and the kind alone.
        """
        if level == 0:
            return picture
        digest = hashlib.blake2b(f"{seed}\n{content}\n{self.kind}".encode(), digest_size=4).digest()
        # RandomState's stream is frozen for good (NEP 19), so that the same seed gives the same pictures for ever.
        drawn = np.random.RandomState(int.from_bytes(digest, "little"))
        return self.apply(picture, self.strengths[level - 1], drawn)


def eight_bit(values: np.ndarray) -> Pixels:
    """Grey levels rounded and cut to ``uint8``."""
    rounded: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def _noise(picture: Pixels, sigma: float, drawn: np.random.RandomState) -> Pixels:
    return eight_bit(picture + sigma * drawn.standard_normal(picture.shape))


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Each channel of ``(H, W, 3)`` through a Gaussian of ``sigma`` pixels, as float64."""
    return np.asarray(gaussian_filter(picture.astype(np.float64), (sigma, sigma, 0), mode="reflect"))


def _blur(picture: Pixels, sigma: float, drawn: np.random.RandomState) -> Pixels:
    return eight_bit(blurred(picture, sigma))


def _jpeg(picture: Pixels, quality: float, drawn: np.random.RandomState) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=int(quality), subsampling="4:2:0")
    with Image.open(buffer) as opened:
        return np.array(opened.convert("RGB"))


def _pixelation(picture: Pixels, side: float, drawn: np.random.RandomState) -> Pixels:
    height, width = picture.shape[:2]
    small = (max(1, round(width / side)), max(1, round(height / side)))
    shrunk = Image.fromarray(picture).resize(small, Image.Resampling.BOX)
    return np.array(shrunk.resize((width, height), Image.Resampling.NEAREST))


def _ringing(picture: Pixels, amount: float, drawn: np.random.RandomState) -> Pixels:
    # A band of frequencies around a period of ten pixels: halos beside edges, and echoes of them.
    return eight_bit(picture + amount * (blurred(picture, 1.0) - blurred(picture, 2.0)))


def _checkerboard(picture: Pixels, amplitude: float, drawn: np.random.RandomState) -> Pixels:
    rows, columns = np.indices(picture.shape[:2])
    signs = np.where((rows + columns) % 2 == 0, 1.0, -1.0)
    return eight_bit(picture + amplitude * signs[..., None])


def _tint(picture: Pixels, shift: float, drawn: np.random.RandomState) -> Pixels:
    return eight_bit(picture + shift * np.array([1.0, -0.25, -0.75]))


def _lost_blocks(picture: Pixels, percent: float, drawn: np.random.RandomState) -> Pixels:
    height, width = picture.shape[:2]
    places = [(top, left) for top in range(0, height, LOST_SIDE) for left in range(0, width, LOST_SIDE)]
    # One order for all strengths: what is lost at a lower one is lost at a higher one, too.
    order = drawn.permutation(len(places))
    damaged, mean = picture.copy(), eight_bit(np.asarray(picture.mean((0, 1))))
    for index in order[: max(1, round(len(places) * percent / 100))]:
        top, left = places[index]
        damaged[top : top + LOST_SIDE, left : left + LOST_SIDE] = mean
    return damaged


def _warp(picture: Pixels, amplitude: float, drawn: np.random.RandomState) -> Pixels:
    height, width = picture.shape[:2]
    noise = drawn.standard_normal((2, height, width))
    field = np.stack([gaussian_filter(one, _SMOOTH_WARP, mode="reflect") for one in noise])
    field *= amplitude / max(float(np.sqrt((field**2).sum(0).mean())), 1e-12)
    places = np.indices((height, width)) + field
    channels = [map_coordinates(picture[..., k].astype(np.float64), places, order=3, mode="mirror") for k in range(3)]
    return eight_bit(np.stack(channels, -1))


FAULTS = (
    Fault("noise", (5, 10, 20, 40), "Gaussian noise, standard deviation in grey levels", _noise),
    Fault("blur", (0.8, 1.4, 2.2, 3.4), "Gaussian blur, standard deviation in pixels", _blur),
    Fault("jpeg", (50, 25, 12, 6), "JPEG quality", _jpeg),
    Fault("pixelation", (2, 3, 4, 6), "side of equal squares in pixels", _pixelation),
    Fault("ringing", (2, 4, 7, 12), "gain of over-sharpening at a period of ten pixels", _ringing),
    Fault("checkerboard", (4, 8, 16, 32), "amplitude of alternating pixels in grey levels", _checkerboard),
    Fault("tint", (6, 12, 24, 48), "shift of red in grey levels, green and blue the other way", _tint),
    Fault("blocks", (2, 5, 12, 30), f"lost squares of {LOST_SIDE} pixels, per cent of the picture", _lost_blocks),
    Fault("warp", (0.7, 1.5, 3, 6), "displacement in pixels, root mean square", _warp),
)
"""Every kind, in the order of the tables."""
LEVELS = range(5)
"""The rungs: 0 is the restoration itself."""
