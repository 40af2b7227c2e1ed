"""The one rule by which a degraded reference is brought to the size of the restored image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from iqabench.data.images.formats import Pixels

if TYPE_CHECKING:
    from torch import Tensor


UPSAMPLING = "bicubic"
"""The rule as a word, in a run's identity."""


def upsample(image: Pixels, height: int, width: int, kernel: str = UPSAMPLING) -> Pixels:
    """Resize ``uint8 (h, w, 3)`` to ``(height, width, 3)`` by Pillow's filter ``kernel`` on 8-bit values.

    ``kernel`` is ``nearest``, ``bilinear``, ``bicubic`` or ``lanczos``.
    """
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling[kernel.upper()]))


def upsample_tensor(images: Tensor, height: int, width: int) -> Tensor:
    """The rule of :func:`upsample` for floats ``(N, 3, h, w)`` in [0, 1]: the same kernel, not rounded to 8 bits."""
    from torch.nn import functional

    # Antialiasing chooses Pillow's kernel (a = -0.5); bytes cannot leave the range either.
    return functional.interpolate(images, (height, width), mode="bicubic", antialias=True).clamp(0, 1)
