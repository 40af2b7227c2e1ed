"""Pixels as a protocol wants them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iqabench.data.images import Pixels
from iqabench.data.protocols.protocol import FLOAT, ScoringProtocol

Levels = NDArray[np.uint8] | NDArray[np.float32]
"""Pixels on the scale of 0 to 255: whole numbers, or luma that is not rounded."""
LUMA = (65.481, 128.553, 24.966)
"""BT.601 luma of R, G, B in [0, 1], above :data:`BLACK`: MATLAB's ``rgb2ycbcr``, which SR papers follow."""
BLACK = 16.0


def applied(protocol: ScoringProtocol, image: Pixels, name: str = "an image") -> Levels:
    """``uint8 (H, W, 3)`` as methods are to see it: cut, and in the protocol's colour.

    Returns
    -------
    array
        ``(h, w, 3)`` on the scale of 0 to 255: ``uint8``, or ``float32`` for luma that is not rounded.

    Raises
    ------
    DataError
        If the image, which ``name`` names, is too small.
    """
    height, width = protocol.scored_size(image.shape[0], image.shape[1], name)
    # Half a pixel too many lies below and to the right.
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    cut = image[top : top + height, left : left + width]
    return cut if protocol.colour == "rgb" else _luma(cut, protocol.bits)


def _luma(image: Pixels, bits: int) -> Levels:
    levels = image.astype(np.float64) @ np.array(LUMA) / 255 + BLACK
    if bits == FLOAT:
        return np.stack([levels.astype(np.float32)] * 3, axis=2)
    # MATLAB's uint8() rounds halves up.
    return np.stack([np.floor(levels + 0.5).astype(np.uint8)] * 3, axis=2)
