"""What is done to a pristine crop before an algorithm is asked to undo it. 8-bit in, 8-bit out: D is a real image file.

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

from iqabench._util.errors import DataError
from iqabench.synthesis.contract import JPEG, LR, NOISE

Image8 = np.ndarray
"""(h, w, 3) uint8 RGB."""


def shrink(image: Image8, scale: int, method: Image.Resampling = Image.Resampling.BICUBIC) -> Image8:
    """Pillow's anti-aliased downsampling by an integer ``scale``."""
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((width // scale, height // scale), method))


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
    rounded: Image8 = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def decimate(blurred: np.ndarray, scale: int) -> Image8:
    """Take the centre of every ``scale`` x ``scale`` block: its middle pixel, or the mean of its middle four."""
    middle = sorted({(scale - 1) // 2, scale // 2})
    picks = [blurred[i::scale, j::scale] for i in middle for j in middle]
    return to_8bit(np.mean(picks, axis=0))


def shrink_gaussian(image: Image8, scale: int, sigma: float) -> Image8:
    """Isotropic Gaussian blur of ``sigma`` pixels, then decimation: a softer kernel than SR networks expect."""
    return decimate(gaussian_filter(image.astype(np.float64), (sigma, sigma, 0), mode="reflect"), scale)


def oblique_kernel(long: float, short: float, degrees: float, radius: int = 9) -> np.ndarray:
    """A turned Gaussian of deviations ``long`` and ``short`` pixels, (2*radius+1) square, sum 1."""
    axis = np.arange(-radius, radius + 1, dtype=np.float64)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    angle = np.deg2rad(degrees)
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    kernel = np.exp(-0.5 * ((u / long) ** 2 + (v / short) ** 2))
    normalised: np.ndarray = kernel / kernel.sum()
    return normalised


def shrink_oblique(image: Image8, scale: int) -> Image8:
    """Anisotropic Gaussian blur (3.2 by 1.2 pixels at 30 degrees), then decimation."""
    kernel = oblique_kernel(3.2, 1.2, 30.0)[:, :, None]
    return decimate(convolve(image.astype(np.float64), kernel, mode="reflect"), scale)


def shrink_wild(image: Image8, scale: int, rng: np.random.Generator) -> Image8:
    """Blur, shrink, noise and JPEG of random strengths, in the spirit of blind super-resolution's training data."""
    sigma = rng.uniform(0.2, 0.6) * scale
    method = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX)[int(rng.integers(3))]
    blurred = to_8bit(gaussian_filter(image.astype(np.float64), (sigma, sigma, 0), mode="reflect"))
    noisy = add_noise(shrink(blurred, scale, method), float(rng.uniform(1.0, 8.0)), rng)
    return compress_jpeg(noisy, int(rng.integers(50, 91)))


@dataclass(frozen=True)
class Degradation:
    """One named degradation: ``apply(pristine, rng)``; ``scale`` is how much smaller D is than the pristine image."""

    name: str
    scale: int
    kinds: frozenset[str]
    """What is wrong with the result: of ``lr``, ``noise``, ``jpeg``."""
    description: str
    apply: Callable[[Image8, np.random.Generator], Image8]


def _make(name: str, scale: int, kinds: str, description: str, apply: Callable[..., Image8]) -> Degradation:
    return Degradation(name, scale, frozenset(kinds.split()), description, apply)


DEGRADATIONS: dict[str, Degradation] = {
    d.name: d
    for d in (
        _make("bic4", 4, LR, "bicubic downsampling by 4", lambda h, rng: shrink(h, 4)),
        _make("bic2", 2, LR, "bicubic downsampling by 2", lambda h, rng: shrink(h, 2)),
        _make(
            "blur4",
            4,
            LR,
            "Gaussian blur of sigma 2.4 px, then decimation by 4",
            lambda h, rng: shrink_gaussian(h, 4, 2.4),
        ),
        _make(
            "oblique4",
            4,
            LR,
            "anisotropic Gaussian blur (3.2 x 1.2 px, 30 degrees), then decimation by 4",
            lambda h, rng: shrink_oblique(h, 4),
        ),
        _make("noise25", 1, NOISE, "Gaussian noise of sigma 25", lambda h, rng: add_noise(h, 25.0, rng)),
        _make(
            "bic4noise10",
            4,
            f"{LR} {NOISE}",
            "bicubic downsampling by 4, then Gaussian noise of sigma 10",
            lambda h, rng: add_noise(shrink(h, 4), 10.0, rng),
        ),
        _make(
            "bic4jpeg40",
            4,
            f"{LR} {JPEG}",
            "bicubic downsampling by 4, then JPEG of quality 40",
            lambda h, rng: compress_jpeg(shrink(h, 4), 40),
        ),
        _make("bic3", 3, LR, "bicubic downsampling by 3", lambda h, rng: shrink(h, 3)),
        _make(
            "blur2",
            2,
            LR,
            "Gaussian blur of sigma 1.2 px, then decimation by 2",
            lambda h, rng: shrink_gaussian(h, 2, 1.2),
        ),
        _make(
            "blur3",
            3,
            LR,
            "Gaussian blur of sigma 1.8 px, then decimation by 3",
            lambda h, rng: shrink_gaussian(h, 3, 1.8),
        ),
        _make("box4", 4, LR, "mean of every 4 x 4 block", lambda h, rng: shrink(h, 4, Image.Resampling.BOX)),
        _make("noise15", 1, NOISE, "Gaussian noise of sigma 15", lambda h, rng: add_noise(h, 15.0, rng)),
        _make("noise40", 1, NOISE, "Gaussian noise of sigma 40", lambda h, rng: add_noise(h, 40.0, rng)),
        _make("jpeg10", 1, JPEG, "JPEG of quality 10", lambda h, rng: compress_jpeg(h, 10)),
        _make("jpeg20", 1, JPEG, "JPEG of quality 20", lambda h, rng: compress_jpeg(h, 20)),
        _make(
            "noise15jpeg40",
            1,
            f"{NOISE} {JPEG}",
            "Gaussian noise of sigma 15, then JPEG of quality 40",
            lambda h, rng: compress_jpeg(add_noise(h, 15.0, rng), 40),
        ),
        _make(
            "bic2noise15",
            2,
            f"{LR} {NOISE}",
            "bicubic downsampling by 2, then Gaussian noise of sigma 15",
            lambda h, rng: add_noise(shrink(h, 2), 15.0, rng),
        ),
        _make(
            "bic3jpeg30",
            3,
            f"{LR} {JPEG}",
            "bicubic downsampling by 3, then JPEG of quality 30",
            lambda h, rng: compress_jpeg(shrink(h, 3), 30),
        ),
        _make(
            "wild4",
            4,
            f"{LR} {NOISE} {JPEG}",
            "Gaussian blur of sigma 0.8 to 2.4 px, bicubic, bilinear or box downsampling by 4, Gaussian noise of "
            "sigma 1 to 8, JPEG of quality 50 to 90, drawn per content",
            lambda h, rng: shrink_wild(h, 4, rng),
        ),
    )
}
"""By name. The place in this table seeds the noise, so new ones go to the end."""


def lookup(name: str, where: str) -> Degradation:
    """The degradation called ``name``. Raises DataError, which begins with ``where``, if there is none."""
    if name not in DEGRADATIONS:
        raise DataError(f"{where}: there is no degradation {name!r}; use one of {', '.join(DEGRADATIONS)}")
    return DEGRADATIONS[name]


def degrade(pristine: Image8, name: str, seed: int, content_index: int) -> Image8:
    """D of one content. The noise depends on the seed, the content and the degradation only, so algorithms share it."""
    stream = list(DEGRADATIONS).index(name)
    rng = np.random.default_rng([seed, content_index, stream])
    return DEGRADATIONS[name].apply(pristine, rng)
