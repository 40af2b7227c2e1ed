"""Traditional super-resolution: interpolation and iterative back-projection.

Images are (h,w,3) float32 RGB in 0..1.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
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


def nearest(image: np.ndarray, scale: int) -> np.ndarray:
    """Repeat every pixel."""
    return enlarge(image, scale, "nearest")


def bilinear(image: np.ndarray, scale: int) -> np.ndarray:
    """Pillow's bilinear interpolation."""
    return enlarge(image, scale, "bilinear")


def bicubic(image: np.ndarray, scale: int) -> np.ndarray:
    """Pillow's bicubic interpolation (a = -0.5)."""
    return enlarge(image, scale, "bicubic")


def lanczos(image: np.ndarray, scale: int) -> np.ndarray:
    """Pillow's Lanczos interpolation with three lobes."""
    return enlarge(image, scale, "lanczos")


def back_projection(image: np.ndarray, scale: int, rounds: int = 10) -> np.ndarray:
    """Iterative back-projection (Irani and Peleg 1991).

    Start from bicubic; each round shrinks the estimate with the kernel that made the input (antialiased
    bicubic) and adds the enlarged residue, so that the result reproduces the input.
    """
    estimate = enlarge(image, scale, "bicubic")
    for _ in range(rounds):
        residue = image - resize_float(estimate, image.shape[:2], "bicubic")
        estimate = estimate + enlarge(residue, scale, "bicubic")
    return estimate


def deconvolution(image: np.ndarray, scale: int, rounds: int = 12, sigma: float = 0.5) -> np.ndarray:
    """Bicubic interpolation, then Richardson-Lucy deconvolution (1972) of a Gaussian of ``sigma`` input pixels."""
    blurred = np.clip(enlarge(image, scale, "bicubic"), 1e-3, 1)
    width = (sigma * scale, sigma * scale, 0)
    estimate = blurred
    for _ in range(rounds):
        ratio = blurred / np.maximum(gaussian_filter(estimate, width, mode="reflect"), 1e-3)
        estimate = estimate * gaussian_filter(ratio, width, mode="reflect")
    return estimate
