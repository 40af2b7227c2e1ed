"""Classical denoisers of scikit-image. (h,w,3) float32 RGB in 0..1;
``sigma`` is the noise in the same units."""

from __future__ import annotations

import numpy as np
from skimage.restoration import (
    denoise_nl_means,
    denoise_tv_chambolle,
)


def nl_means(image: np.ndarray, sigma: float) -> np.ndarray:
    """Non-local means (Buades et al. 2005) with 5x5 patches within 13x13 windows."""
    return denoise_nl_means(
        image, patch_size=5, patch_distance=6, h=0.6 * sigma, sigma=sigma, fast_mode=True, channel_axis=2
    )


def total_variation(image: np.ndarray, sigma: float) -> np.ndarray:
    """Total variation (Chambolle 2004); the weight is the noise."""
    return denoise_tv_chambolle(image, weight=sigma, channel_axis=2)
