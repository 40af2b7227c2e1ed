"""Classical denoisers of scikit-image and SciPy. (h,w,3) float32 RGB in 0..1; ``sigma`` is the noise in the same units."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter
from skimage.restoration import denoise_bilateral, denoise_nl_means, denoise_tv_chambolle, denoise_wavelet


def bilateral(image: np.ndarray, sigma: float) -> np.ndarray:
    """Bilateral filter (Tomasi and Manduchi 1998): 3 px in space, three times the noise in range."""
    return denoise_bilateral(image, sigma_color=3 * sigma, sigma_spatial=3, mode="reflect", channel_axis=2)


def nl_means(image: np.ndarray, sigma: float) -> np.ndarray:
    """Non-local means (Buades et al. 2005) with 5x5 patches within 13x13 windows."""
    return denoise_nl_means(
        image, patch_size=5, patch_distance=6, h=0.6 * sigma, sigma=sigma, fast_mode=True, channel_axis=2
    )


def total_variation(image: np.ndarray, sigma: float) -> np.ndarray:
    """Total variation (Chambolle 2004); the weight grows with the noise."""
    return denoise_tv_chambolle(image, weight=1.3 * sigma, channel_axis=2)


def wavelet(image: np.ndarray, sigma: float) -> np.ndarray:
    """BayesShrink soft thresholding (Chang et al. 2000) of db2 wavelets in YCbCr."""
    return denoise_wavelet(
        image, sigma=sigma, wavelet="db2", method="BayesShrink", convert2ycbcr=True, rescale_sigma=True, channel_axis=2
    )


def median(image: np.ndarray, sigma: float) -> np.ndarray:
    """Median of 3x3 pixels per channel; ``sigma`` is not used."""
    return median_filter(image, size=(3, 3, 1), mode="reflect")
