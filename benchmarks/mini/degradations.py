"""What was done to a pristine crop before an algorithm was asked to undo it.
8-bit in, 8-bit out: D is a real image file.

Every function keeps the sampling grid centred (Pillow's resize does so, and the mismatched kernels below
take care to), so that no restored image is shifted against its pristine one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import convolve, gaussian_filter

Image8 = np.ndarray
"""(h, w, 3) uint8 RGB."""


def shrink_bicubic(image: Image8, scale: int) -> Image8:
    """Pillow's anti-aliased bicubic downsampling by an integer ``scale``."""
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((width // scale, height // scale), Image.Resampling.BICUBIC))


def add_noise(image: Image8, sigma: float, rng: np.random.Generator) -> Image8:
    """White Gaussian noise of ``sigma`` grey levels, rounded and clipped to 8 bit.

    Independent per channel, except that a grey photograph gets grey noise, as a grey sensor would give.
    """
    noise = rng.normal(0.0, sigma, image.shape)
    is_grey = bool((image == image[:, :, :1]).all())
    return to_8bit(image + (noise[:, :, :1] if is_grey else noise))


def compress_jpeg(image: Image8, quality: int) -> Image8:
    """Through a baseline JPEG file and back (Pillow's encoder, 4:2:0 chroma)."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=2)
    with Image.open(buffer) as opened:
        return np.asarray(opened.convert("RGB"))


def to_8bit(values: np.ndarray) -> Image8:
    """Grey levels 0..255 of any float type, rounded to nearest and clipped."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def decimate(blurred: np.ndarray, scale: int) -> Image8:
    """Take the centre of every ``scale`` x ``scale`` block (the mean of its four middle pixels,
    since scale is even)."""
    low, high = scale // 2 - 1, scale // 2
    picks = [blurred[i::scale, j::scale] for i in (low, high) for j in (low, high)]
    return to_8bit(np.mean(picks, axis=0))


def shrink_gaussian(image: Image8, scale: int, sigma: float) -> Image8:
    """Isotropic Gaussian blur of ``sigma`` pixels, then decimation:
    a softer kernel than the one SR networks expect."""
    return decimate(gaussian_filter(image.astype(np.float64), (sigma, sigma, 0), mode="reflect"), scale)


def oblique_kernel(long: float, short: float, degrees: float, radius: int = 9) -> np.ndarray:
    """A turned Gaussian of deviations ``long`` and ``short`` pixels, (2*radius+1) square, sum 1."""
    axis = np.arange(-radius, radius + 1, dtype=np.float64)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    angle = np.deg2rad(degrees)
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    kernel = np.exp(-0.5 * ((u / long) ** 2 + (v / short) ** 2))
    return kernel / kernel.sum()


def shrink_oblique(image: Image8, scale: int) -> Image8:
    """Anisotropic Gaussian blur (3.2 by 1.2 pixels at 30 degrees), then decimation."""
    kernel = oblique_kernel(3.2, 1.2, 30.0)[:, :, None]
    return decimate(convolve(image.astype(np.float64), kernel, mode="reflect"), scale)


@dataclass(frozen=True)
class Degradation:
    """One named degradation: ``apply(pristine, rng)``; ``scale`` is how much smaller D is than the pristine
    image."""

    name: str
    scale: int
    description: str
    apply: Callable[[Image8, np.random.Generator], Image8]


DEGRADATIONS: dict[str, Degradation] = {
    d.name: d
    for d in (
        Degradation("bic4", 4, "bicubic downsampling by 4", lambda h, rng: shrink_bicubic(h, 4)),
        Degradation("bic2", 2, "bicubic downsampling by 2", lambda h, rng: shrink_bicubic(h, 2)),
        Degradation(
            "blur4",
            4,
            "Gaussian blur of sigma 2.4 px, then decimation by 4",
            lambda h, rng: shrink_gaussian(h, 4, 2.4),
        ),
        Degradation(
            "oblique4",
            4,
            "anisotropic Gaussian blur (3.2 x 1.2 px, 30 degrees), then decimation by 4",
            lambda h, rng: shrink_oblique(h, 4),
        ),
        Degradation("noise25", 1, "Gaussian noise of sigma 25", lambda h, rng: add_noise(h, 25.0, rng)),
        Degradation(
            "bic4noise10",
            4,
            "bicubic downsampling by 4, then Gaussian noise of sigma 10",
            lambda h, rng: add_noise(shrink_bicubic(h, 4), 10.0, rng),
        ),
        Degradation(
            "bic4jpeg40",
            4,
            "bicubic downsampling by 4, then JPEG of quality 40",
            lambda h, rng: compress_jpeg(shrink_bicubic(h, 4), 40),
        ),
    )
}


def degrade(pristine: Image8, name: str, seed: int, content_index: int) -> Image8:
    """D of one content. The noise depends on the seed, the content and the degradation only,
    so algorithms share it."""
    stream = list(DEGRADATIONS).index(name)
    rng = np.random.default_rng([seed, content_index, stream])
    return DEGRADATIONS[name].apply(pristine, rng)
