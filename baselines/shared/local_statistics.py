"""IL-NIQE's features of patches: luminance, gradients, log-Gabor responses and colour, at two scales.

Zhang, Zhang and Bovik (2015). Pictures are ``(h, w, 3)``, RGB in 0 to 255, float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from scipy.ndimage import correlate1d
from scipy.special import gamma

from baselines.shared.scene_statistics import blocks, fit_ggd, mscn_features, normalised
from baselines.shared.two_scales import OneScale, Patches, features_at_two_scales
from baselines.shared.weibull import fit_weibull

if TYPE_CHECKING:
    from torch import Tensor

WHOLE = 524
"""Side in pixels to which every image is resized."""
PATCH = 84
"""Side of a patch in pixels; half of it at the second scale."""
SHARP = 0.3
"""Patches of pristine pictures enter the model if their sharpness passes this share of their picture's sharpest."""

OPPONENT = np.array([[0.06, 0.63, 0.27], [0.30, 0.04, -0.35], [0.34, -0.60, 0.17]])
"""RGB to the opponent colours O1 (luminance), O2 and O3."""
LOG_OPPONENT = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])
"""Logarithms of RGB to those of the natural colour statistics (Ruderman, Cronin and Chiao 1998)."""
DARKEST = 1.0
"""Added before the logarithm, in grey levels: 0 and 1 are then no farther apart than 1 and 3."""
STEEPNESS = 1e-8
"""Added to the squared length of a gradient, so that it is never 0."""
LARGEST = 1e4
"""Larger features are cut off."""

REACH, SIGMA = 2, 5 / 6
"""Of the window of the local mean: 5x5 samples."""
HALVING_SIGMA = 0.9
GRADIENT_SIGMA, GRADIENT_SHRINKS = 1.66, 0.28
"""Deviation of the Gaussian that is derived, in pixels; divided by 2 ** .28 at the second scale."""
WAVELENGTH, WAVELENGTH_SHRINKS, WAVELENGTH_GROWS = 2.4, 0.87, 1.31
"""The shortest wavelength in pixels; divided by 2 ** .87 at the second scale; the ratio of one band to the next."""
BANDS, ORIENTATIONS = 3, 4
BANDWIDTH, ANGULAR = 0.55, 1.10
"""Width of a band as a ratio of frequencies; distance of two directions in deviations of the angular Gaussian."""


def at_one_size(image: Tensor) -> np.ndarray:
    """``(3, H, W)``, RGB in [0, 1], to a picture of 524x524 pixels: 8 bits, then antialiased bicubic."""
    import torch
    from torch.nn.functional import interpolate

    levels = (image.detach().to("cpu", torch.float64) * 255).round()[None]
    resized = interpolate(levels, (WHOLE, WHOLE), mode="bicubic", antialias=True).clamp(0, 255)
    picture: np.ndarray = resized[0].permute(1, 2, 0).numpy()
    return picture


def local_features(picture: np.ndarray) -> Patches:
    """IL-NIQE's 468 features of the patches of 84x84 pixels of a picture, at two scales.

    What is left over on the right and below is cut off. A patch without any texture is left out.
    """
    return features_at_two_scales(picture, PATCH, _at_scale, _halved)


def _at_scale(picture: np.ndarray, side: int, scale: int) -> OneScale:
    opponent = np.moveaxis(picture @ OPPONENT.T, 2, 0)
    luminance = normalised(opponent[0], REACH, SIGMA)
    groups = list(_features(picture, opponent, luminance.values, side, scale))
    return OneScale(np.concatenate(groups, axis=1).clip(max=LARGEST), luminance.deviation)


def _features(
    picture: np.ndarray, opponent: np.ndarray, mscn: np.ndarray, side: int, scale: int
) -> Iterator[np.ndarray]:
    """The 234 features of each patch at one scale, group by group, ``(P, F)`` each."""
    yield mscn_features(blocks(mscn, side))
    taps = gaussian_derivative(GRADIENT_SIGMA / scale**GRADIENT_SHRINKS)
    for channel in opponent.astype(np.float32):
        yield _gradients(_derivative(channel, taps, 1), _derivative(channel, taps, 0), side)
    yield colour_features(picture, side)
    height, width = opponent[0].shape
    spectrum = scipy.fft.fft2(opponent[0].astype(np.float32))
    filters = log_gabor(height, width, WAVELENGTH / scale**WAVELENGTH_SHRINKS)
    # A derivative is real, so that of a complex response holds those of its real and its imaginary part.
    across, down = derivatives_of_waves(height, width, *taps)
    for one in filters:
        filtered = spectrum * one
        response = scipy.fft.ifft2(filtered)
        derived = scipy.fft.ifft2(filtered * across), scipy.fft.ifft2(filtered * down)
        yield _symmetric(response.real, side)
        yield _symmetric(response.imag, side)
        yield _gradients(derived[0].real, derived[1].real, side)
        yield _gradients(derived[0].imag, derived[1].imag, side)


def colour_features(picture: np.ndarray, side: int) -> np.ndarray:
    """6 features: mean and variance of each natural colour, the mean of the picture taken out."""
    logarithms = np.log(picture + DARKEST)
    colours = np.moveaxis((logarithms - logarithms.mean((0, 1))) @ LOG_OPPONENT.T, 2, 0)
    samples = [_samples(colour, side) for colour in colours]
    return np.stack([part for one in samples for part in (one.mean(1), one.var(1))], axis=1)


def _gradients(across: np.ndarray, down: np.ndarray, side: int) -> np.ndarray:
    """6 features: generalised Gaussians of both derivatives, a Weibull distribution of the gradient's length."""
    lengths = _samples(np.sqrt(across * across + down * down + np.float32(STEEPNESS)), side)
    weibull = np.stack(fit_weibull(lengths), axis=1)
    return np.concatenate([_symmetric(across, side), _symmetric(down, side), weibull], axis=1)


def _symmetric(values: np.ndarray, side: int) -> np.ndarray:
    """2 features: shape and scale of a generalised Gaussian in each patch."""
    shape, variance = fit_ggd(_samples(values, side))
    return np.stack([shape, np.sqrt(variance * gamma(1 / shape) / gamma(3 / shape))], axis=1)


def gaussian_derivative(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Taps of a Gaussian that is not normalised, to smooth along one axis, and of its derivative along the other."""
    reach = int(np.ceil(3 * sigma))
    steps = np.arange(-reach, reach + 1)
    taps = np.exp(-(steps**2) / (2 * sigma**2))
    return taps, steps * taps


def _derivative(channel: np.ndarray, taps: tuple[np.ndarray, np.ndarray], axis: int) -> np.ndarray:
    """Derivative of ``channel`` ``(h, w)`` along ``axis``, borders repeated."""
    smooth = correlate1d(channel, taps[0], axis=1 - axis, mode="nearest")
    derived: np.ndarray = correlate1d(smooth, taps[1], axis=axis, mode="nearest")
    return derived


def derivatives_of_waves(height: int, width: int, smooth: np.ndarray, derive: np.ndarray) -> list[np.ndarray]:
    """What both derivatives multiply each wave by, in the order of FFT frequencies: across and down, ``(h, w)``."""

    def response(taps: np.ndarray, length: int) -> np.ndarray:
        reach = len(taps) // 2
        wrapped = np.zeros(length)
        # Reversed, for a correlation.
        np.add.at(wrapped, np.arange(reach, -reach - 1, -1) % length, taps)
        return np.fft.fft(wrapped)

    across = np.outer(response(smooth, height), response(derive, width))
    down = np.outer(response(derive, height), response(smooth, width))
    return [across.astype(np.complex64), down.astype(np.complex64)]


@cache
def log_gabor(height: int, width: int, shortest: float) -> np.ndarray:
    """Log-Gabor filters ``(12, height, width)`` in the order of FFT frequencies; each sees half of the plane."""
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    radius = np.hypot(down, across)
    radius[0, 0] = 1.0  # the mean has no logarithm; it is taken out below
    angle = np.arctan2(-down, across)
    filters = []
    for band in range(BANDS):
        centre = 1 / (shortest * WAVELENGTH_GROWS**band)
        radial = np.exp(-((np.log(radius / centre) / np.log(BANDWIDTH)) ** 2) / 2)
        radial[0, 0] = 0.0
        for number in range(ORIENTATIONS):
            turned = angle - number * np.pi / ORIENTATIONS
            away = np.abs(np.arctan2(np.sin(turned), np.cos(turned)))
            deviation = np.pi / ORIENTATIONS / ANGULAR
            filters.append(radial * np.exp(-(away**2) / (2 * deviation**2)))
    return np.stack(filters).astype(np.float32)


def _halved(picture: np.ndarray) -> np.ndarray:
    """Every second pixel of ``(h, w, 3)`` after a Gaussian."""
    reach = 3
    taps = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * HALVING_SIGMA**2))
    taps /= taps.sum()
    for axis in (0, 1):
        picture = correlate1d(picture, taps, axis=axis, mode="nearest")
    return picture[::2, ::2]


def _samples(values: np.ndarray, side: int) -> np.ndarray:
    """``(h, w)`` to ``(P, side * side)``."""
    return blocks(values, side).reshape(-1, side * side)
