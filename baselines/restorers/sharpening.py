"""Filters that work on another restorer's result. Images are (h,w,3) float32 RGB in 0..1; ``scale`` is 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np


@restorer("unsharp")
def unsharp(image: np.ndarray, scale: int, sigma: float = 1.0, amount: float = 1.0) -> np.ndarray:
    """Unsharp mask on another restorer's result.

    Adds ``amount`` times what a Gaussian of ``sigma`` pixels removes.
    """
    from scipy.ndimage import gaussian_filter

    return image + amount * (image - gaussian_filter(image, (sigma, sigma, 0), mode="reflect"))


@restorer("edge-sharpen")
def edge_sharpen(image: np.ndarray, scale: int, strength: float = 1.0, steps: int = 8) -> np.ndarray:
    """Shock filter on another restorer's result.

    Osher and Rudin 1990: it steepens edges without overshoot; flat areas turn into patches.
    Each of ``steps`` moves a pixel by ``0.1 * strength`` times its local gradient, away from the side of the edge
    that it is not on.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter

    estimate = image.astype(np.float32)
    for _ in range(steps):
        smooth = gaussian_filter(estimate, (1.0, 1.0, 0), mode="reflect")
        gy, gx = np.gradient(smooth, axis=(0, 1))
        yy, yx = np.gradient(gy, axis=(0, 1))
        xx = np.gradient(gx, axis=1)
        across = gx**2 * xx + 2 * gx * gy * yx + gy**2 * yy
        estimate = estimate - 0.1 * strength * np.tanh(across * 2e4) * np.hypot(gx, gy)
    return estimate
