"""Traditional super-resolution: interpolation, sharpening after it, and iterative back-projection.

Images are (h,w,3) float32 RGB in 0..1. Upsampling goes through 8 bit because Pillow's resize does.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def resize_float(image: np.ndarray, size: tuple[int, int], method: str) -> np.ndarray:
    """Pillow's resize of each channel in 32-bit float to ``size`` = (height, width)."""
    channels = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image[:, :, c])).resize(size[::-1], FILTERS[method]))
        for c in range(3)
    ]
    return np.stack(channels, axis=2)


def enlarge(image: np.ndarray, scale: int, method: str) -> np.ndarray:
    """Interpolate by ``scale`` with ``method``, a key of ``FILTERS``."""
    return resize_float(image.astype(np.float32), (image.shape[0] * scale, image.shape[1] * scale), method)


def unsharp(image: np.ndarray, sigma: float, amount: float) -> np.ndarray:
    """Unsharp mask: add ``amount`` times what a Gaussian of ``sigma`` pixels removes."""
    return image + amount * (image - gaussian_filter(image, (sigma, sigma, 0), mode="reflect"))


def back_project(image: np.ndarray, scale: int, rounds: int = 10) -> np.ndarray:
    """Iterative back-projection (Irani and Peleg 1991).

    Start from bicubic; each round shrinks the estimate with the kernel that made the input (antialiased
    bicubic) and adds the enlarged residue, so that the result reproduces the input.
    """
    estimate = enlarge(image, scale, "bicubic")
    for _ in range(rounds):
        residue = image - resize_float(estimate, image.shape[:2], "bicubic")
        estimate = estimate + enlarge(residue, scale, "bicubic")
    return estimate
