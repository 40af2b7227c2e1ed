"""What generative restorers typically do wrong, as filters on another restorer's result.

Images are (h,w,3) float32 RGB in 0..1; ``scale`` is 1. ``strength`` 1 is clearly visible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np


def detail(image: np.ndarray) -> np.ndarray:
    """Local contrast of luma, (h,w,1), about 0 in flat areas and 1 in strong texture."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    luma = image.mean(axis=2)
    local = np.sqrt(gaussian_filter(np.square(luma - gaussian_filter(luma, 2.0)), 3.0))
    return np.clip(local / 0.06, 0, 1)[:, :, None]


def _band(shape: tuple[int, int], fine: float, coarse: float, rng: np.random.Generator) -> np.ndarray:
    """Noise between two Gaussian widths, (h,w), deviation 1."""
    from scipy.ndimage import gaussian_filter

    white = rng.standard_normal(shape)
    band = gaussian_filter(white, fine, mode="wrap") - gaussian_filter(white, coarse, mode="wrap")
    return (band / band.std()).astype("float32")


@restorer("invented-texture", category="03")
def invented_texture(
    image: np.ndarray, scale: int, rng: np.random.Generator, strength: float = 1.0, grain: float = 1.0
) -> np.ndarray:
    """Texture that is not in the scene.

    It is of about ``grain`` pixels, where the scene has texture of its own. It is drawn along local edges, as
    hallucinated fur and foliage is, by bending it with the image's gradient.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter, map_coordinates

    height, width = image.shape[:2]
    texture = _band((height, width), 0.7 * grain, 2.5 * grain, rng)
    gy, gx = np.gradient(gaussian_filter(image.mean(axis=2), 2.0))
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    bent = map_coordinates(texture, [rows + 120 * gy, columns - 120 * gx], order=1, mode="wrap")
    return image + strength * 0.06 * detail(image) * bent[:, :, None]


@restorer("ringing", category="03")
def ringing(image: np.ndarray, scale: int, strength: float = 1.0, cutoff: float = 0.22) -> np.ndarray:
    """Echoes along edges.

    What a sharp low-pass filter at ``cutoff`` cycles per pixel adds, exaggerated.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter

    height, width = image.shape[:2]
    padded = np.pad(image, ((height // 4,) * 2, (width // 4,) * 2, (0, 0)), mode="reflect")
    frequency = np.hypot(np.fft.fftfreq(padded.shape[0])[:, None], np.fft.rfftfreq(padded.shape[1])[None])
    spectrum = np.fft.rfft2(padded, axes=(0, 1)) * (frequency < cutoff)[:, :, None]
    sharp = np.fft.irfft2(spectrum, s=padded.shape[:2], axes=(0, 1))
    soft = gaussian_filter(padded, (0.4 / cutoff, 0.4 / cutoff, 0), mode="reflect")
    echoes = (sharp - soft)[height // 4 : height // 4 + height, width // 4 : width // 4 + width]
    return (image + 1.5 * strength * echoes).astype(np.float32)


@restorer("checkerboard", category="03")
def checkerboard(image: np.ndarray, scale: int, strength: float = 1.0, period: int = 4) -> np.ndarray:
    """The grid of uneven transposed convolutions.

    It repeats every ``period`` pixels, stronger where there is detail.
    """
    import numpy as np

    rows, columns = np.arange(image.shape[0])[:, None], np.arange(image.shape[1])[None]
    grid = np.cos(2 * np.pi * rows / period) * np.cos(2 * np.pi * columns / period)
    return image + strength * 0.06 * (0.25 + 0.75 * detail(image)) * grid[:, :, None].astype(np.float32)


@restorer("colour-shift", category="03")
def colour_shift(image: np.ndarray, scale: int, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """A wrong tint that changes slowly over the image, and slightly wrong contrast."""
    import numpy as np

    tint = rng.normal(0, 0.05, 3)
    field = np.stack([_band(image.shape[:2], 24.0, 60.0, rng) for _ in range(3)], axis=2)
    gain = 1 + strength * rng.uniform(-0.12, 0.12)
    shifted = (image - 0.5) * gain + 0.5 + strength * (tint + 0.02 * field)
    return shifted.astype(np.float32)


@restorer("warped-structure", category="03")
def warped_structure(
    image: np.ndarray, scale: int, rng: np.random.Generator, strength: float = 1.0, reach: float = 5.0
) -> np.ndarray:
    """Lines bend.

    Pixels move by about ``strength`` pixels, alike within ``reach`` pixels.
    """
    import numpy as np
    from scipy.ndimage import map_coordinates

    height, width = image.shape[:2]
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    moved = [axis + strength * _band((height, width), reach, 3 * reach, rng) for axis in (rows, columns)]
    return np.stack([map_coordinates(image[:, :, c], moved, order=1, mode="reflect") for c in range(3)], 2)


@restorer("painterly", category="03")
def painterly(image: np.ndarray, scale: int, size: int = 5, contrast: float = 0.5) -> np.ndarray:
    """Texture wiped into flat patches with crisp borders.

    As a drawing's network does: median, then unsharp.
    """
    from scipy.ndimage import gaussian_filter, median_filter

    flat = median_filter(image, size=(size, size, 1), mode="reflect")
    return flat + contrast * (flat - gaussian_filter(flat, (1.5, 1.5, 0), mode="reflect"))
