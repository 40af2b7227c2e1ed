"""Classical denoisers. (h,w,3) float32 RGB in 0..1; ``sigma`` is the noise in grey levels of 255, ``scale`` is 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np


@restorer("nl-means", takes="noise jpeg", category="04", needs=("skimage",))
def nl_means(image: np.ndarray, scale: int, sigma: float = 25.0) -> np.ndarray:
    """Non-local means (Buades et al. 2005) with 5x5 patches within 13x13 windows."""
    from skimage.restoration import denoise_nl_means

    noise = sigma / 255
    return denoise_nl_means(
        image, patch_size=5, patch_distance=6, h=0.6 * noise, sigma=noise, fast_mode=True, channel_axis=2
    )


@restorer("total-variation", takes="noise jpeg", category="04", needs=("skimage",))
def total_variation(image: np.ndarray, scale: int, sigma: float = 25.0) -> np.ndarray:
    """Total variation (Chambolle 2004); the weight is the noise."""
    from skimage.restoration import denoise_tv_chambolle

    return denoise_tv_chambolle(image, weight=sigma / 255, channel_axis=2)


@restorer("bilateral", takes="noise jpeg", category="04")
def bilateral(image: np.ndarray, scale: int, sigma: float = 25.0, reach: float = 2.0) -> np.ndarray:
    """Bilateral filter (Tomasi and Manduchi 1998): ``reach`` pixels wide, 2.5 times the noise in colour."""
    import numpy as np

    radius = int(np.ceil(2 * reach))
    height, width = image.shape[:2]
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    total, share = np.zeros_like(image), np.zeros((height, width, 1), np.float32)
    for dy in range(2 * radius + 1):
        for dx in range(2 * radius + 1):
            near = np.exp(-((dy - radius) ** 2 + (dx - radius) ** 2) / (2 * reach**2))
            shifted = padded[dy : dy + height, dx : dx + width]
            distance = np.square(shifted - image).mean(axis=2, keepdims=True) / (2.5 * sigma / 255) ** 2
            weight = (near * np.exp(-distance / 2)).astype(np.float32)
            total += weight * shifted
            share += weight
    return total / share


@restorer("median", takes="noise jpeg", category="04")
def median(image: np.ndarray, scale: int, size: int = 3) -> np.ndarray:
    """Median of ``size`` x ``size`` pixels, channel by channel."""
    from scipy.ndimage import median_filter

    return median_filter(image, size=(size, size, 1), mode="reflect")


@restorer("gaussian", takes="noise jpeg", category="04")
def gaussian(image: np.ndarray, scale: int, width: float = 1.0) -> np.ndarray:
    """Gaussian smoothing of ``width`` pixels."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(image, (width, width, 0), mode="reflect")


@restorer("wiener", takes="noise jpeg", category="04")
def wiener(image: np.ndarray, scale: int, sigma: float = 25.0, size: int = 5) -> np.ndarray:
    """Adaptive Wiener filter (Lee 1980): smooths a window the more, the less its variance exceeds the noise."""
    import numpy as np
    from scipy.ndimage import uniform_filter

    noise = (sigma / 255) ** 2
    mean = uniform_filter(image, (size, size, 0), mode="reflect")
    variance = uniform_filter(np.square(image), (size, size, 0), mode="reflect") - np.square(mean)
    gain = np.clip(1 - noise / np.maximum(variance, 1e-8), 0, 1)
    return mean + gain * (image - mean)
