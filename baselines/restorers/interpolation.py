"""Traditional super-resolution: interpolation and iterative back-projection.

Images are (h,w,3) float32 RGB in 0..1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np


def resize_float(image: np.ndarray, size: tuple[int, int], method: str) -> np.ndarray:
    """Pillow's resize of each channel in 32-bit float to ``size`` = (height, width) by the filter ``method``."""
    import numpy as np
    from PIL import Image

    kernel = Image.Resampling[method.upper()]
    channels = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image[:, :, c])).resize(size[::-1], kernel)) for c in range(3)
    ]
    return np.stack(channels, axis=2)


def enlarge(image: np.ndarray, scale: int, method: str) -> np.ndarray:
    """Interpolate by ``scale`` with ``method``, a filter of Pillow."""
    return resize_float(image.astype("float32"), (image.shape[0] * scale, image.shape[1] * scale), method)


@restorer("nearest", takes="lr jpeg")
def nearest(image: np.ndarray, scale: int) -> np.ndarray:
    """Every pixel repeated."""
    return enlarge(image, scale, "nearest")


@restorer("bilinear", takes="lr jpeg")
def bilinear(image: np.ndarray, scale: int) -> np.ndarray:
    """Bilinear interpolation, as Pillow does it."""
    return enlarge(image, scale, "bilinear")


@restorer("bicubic", takes="lr jpeg")
def bicubic(image: np.ndarray, scale: int) -> np.ndarray:
    """Bicubic interpolation (a = -0.5), as Pillow does it."""
    return enlarge(image, scale, "bicubic")


@restorer("lanczos", takes="lr jpeg")
def lanczos(image: np.ndarray, scale: int) -> np.ndarray:
    """Lanczos interpolation, three lobes, as Pillow does it."""
    return enlarge(image, scale, "lanczos")


@restorer("back-projection", takes="lr jpeg")
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


@restorer("deconvolution", takes="lr jpeg")
def deconvolution(image: np.ndarray, scale: int, rounds: int = 12, sigma: float = 0.5) -> np.ndarray:
    """Bicubic, then Richardson-Lucy deconvolution (1972) of a Gaussian of ``sigma`` input pixels."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    blurred = np.clip(enlarge(image, scale, "bicubic"), 1e-3, 1)
    width = (sigma * scale, sigma * scale, 0)
    estimate = blurred
    for _ in range(rounds):
        ratio = blurred / np.maximum(gaussian_filter(estimate, width, mode="reflect"), 1e-3)
        estimate = estimate * gaussian_filter(ratio, width, mode="reflect")
    return estimate
