"""Statistics of natural scenes that NIQE and BRISQUE share: normalised luminance and generalised Gaussians.

Mittal, Moorthy and Bovik (2012); Mittal, Soundararajan and Bovik (2013). Arrays are float64.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.ndimage import correlate1d
from scipy.special import gamma

SIGMA = 7 / 6
REACH = 3
"""The window of the local mean has 7x7 samples."""
SATURATION = 1.0
"""Added to the local deviation, in grey levels: keeps noise in flat parts from being blown up."""
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Neighbours whose products are looked at: to the right, below, and on both diagonals."""


class Normalised(NamedTuple):
    """Mean subtracted contrast normalised (MSCN) luminance, and the local deviation that it was divided by."""

    values: np.ndarray
    deviation: np.ndarray


class Aggd(NamedTuple):
    """An asymmetric generalised Gaussian for each row of samples: shape, and deviation on the left and the right."""

    shape: np.ndarray
    left: np.ndarray
    right: np.ndarray

    @property
    def scales(self) -> tuple[np.ndarray, np.ndarray]:
        """The two scales (beta in the papers)."""
        factor = np.sqrt(gamma(1 / self.shape) / gamma(3 / self.shape))
        return self.left * factor, self.right * factor

    @property
    def mean(self) -> np.ndarray:
        """The mean (eta in the papers), by the difference of the scales."""
        left, right = self.scales
        return (right - left) * gamma(2 / self.shape) / gamma(1 / self.shape)


def normalised(levels: np.ndarray, reach: int = REACH, sigma: float = SIGMA) -> Normalised:
    """MSCN of grey levels ``(h, w)`` in 0 to 255: local mean and deviation under a Gaussian, borders repeated.

    The Gaussian has ``2 * reach + 1`` samples a side (7x7) and the deviation ``sigma``.
    """
    taps = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    mean = _blurred(levels, taps / taps.sum())
    power = _blurred(levels * levels, taps / taps.sum())
    deviation = np.sqrt(np.abs(power - mean * mean))
    return Normalised((levels - mean) / (deviation + SATURATION), deviation)


def _blurred(levels: np.ndarray, taps: np.ndarray) -> np.ndarray:
    return correlate1d(correlate1d(levels, taps, axis=0, mode="nearest"), taps, axis=1, mode="nearest")


@cache
def _shapes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shapes from 0.2 to 10; their ratio (mean of the sizes)² / mean of the squares; and the borders between these."""
    shapes = np.arange(200, 10001) / 1000
    ratios = gamma(2 / shapes) ** 2 / (gamma(1 / shapes) * gamma(3 / shapes))
    return shapes, ratios, (ratios[1:] + ratios[:-1]) / 2


def fit_aggd(samples: np.ndarray) -> Aggd:
    """Fit an asymmetric generalised Gaussian to each row of ``samples`` ``(P, n)`` by matching moments.

    The shape is looked up among 0.2, 0.201, ..., 10 (Lasmar, Stitou and Berthoumieu 2009). A row of zeros gets a
    finite one.
    """
    tiny = np.finfo(float).tiny
    left = np.sqrt(_mean_where(samples, samples < 0) + tiny)
    right = np.sqrt(_mean_where(samples, samples > 0) + tiny)
    # The correction below is the same for a skew and its inverse, and only the smaller one never overflows.
    skew = np.minimum(left, right) / np.maximum(left, right)
    ratio = np.abs(samples).mean(1) ** 2 / ((samples * samples).mean(1) + tiny)
    ratio = ratio * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shapes, _, borders = _shapes()
    return Aggd(shapes[np.searchsorted(borders, ratio)], left, right)


def fit_ggd(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and variance of a generalised Gaussian without mean, for each row of ``samples`` ``(P, n)``."""
    variance = (samples * samples).mean(1)
    ratio = np.abs(samples).mean(1) ** 2 / (variance + np.finfo(float).tiny)
    shapes, _, borders = _shapes()
    return shapes[np.searchsorted(borders, ratio)], variance


def _mean_where(samples: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mean of the squares of the chosen samples of each row; 0 where there is none."""
    total: np.ndarray = (samples * samples * chosen).sum(1) / np.maximum(chosen.sum(1), 1)
    return total


def neighbour_products(blocks: np.ndarray) -> list[np.ndarray]:
    """Products of each sample of ``(P, h, w)`` with its neighbour in each direction, wrapped around; ``(P, h * w)``."""
    return [(blocks * np.roll(blocks, shift, axis=(1, 2))).reshape(len(blocks), -1) for shift in SHIFTS]


def halved(levels: np.ndarray) -> np.ndarray:
    """Grey levels ``(h, w)`` at half the size, antialiased bicubic, not rounded."""
    import torch
    from torch.nn.functional import interpolate

    image = torch.from_numpy(levels)[None, None]
    size = (levels.shape[0] // 2, levels.shape[1] // 2)
    small: np.ndarray = interpolate(image, size, mode="bicubic", antialias=True)[0, 0].numpy()
    return small


def luminance_features(levels: np.ndarray) -> np.ndarray:
    """BRISQUE's 36 features of grey levels ``(h, w)`` in 0 to 255: 18 at each of two scales.

    Shape and variance of MSCN, then shape, mean and the two variances of the products in each direction.
    """
    features: list[np.ndarray] = []
    for scale in (1, 2):
        values = normalised(levels).values[None]
        features += fit_ggd(values.reshape(1, -1))
        for products in neighbour_products(values):
            fitted = fit_aggd(products)
            features += [fitted.shape, fitted.mean, fitted.left**2, fitted.right**2]
        if scale == 1:
            levels = halved(levels)
    return np.concatenate(features)


def blocks(values: np.ndarray, side: int) -> np.ndarray:
    """``(h, w)`` to ``(P, side, side)``, row by row."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)


def mscn_features(blocks: np.ndarray) -> np.ndarray:
    """NIQE's 18 features of blocks ``(P, h, w)``: shape and scale of MSCN, four numbers for each of the products."""
    own = fit_aggd(blocks.reshape(len(blocks), -1))
    features = [own.shape, sum(own.scales) / 2]
    for products in neighbour_products(blocks):
        fitted = fit_aggd(products)
        features += [fitted.shape, fitted.mean, *fitted.scales]
    return np.stack(features, axis=1)
