"""Patches of a picture with their features at two scales, as NIQE and IL-NIQE take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from baselines.shared.scene_statistics import blocks

FLAT = 1e-4
"""Sharpness, in grey levels, of a patch of one colour at most: rounding leaves some, one other pixel far more."""


class Patches(NamedTuple):
    """Features ``(P, F)`` and sharpness ``(P,)`` of the patches of one picture that are not flat."""

    features: np.ndarray
    sharpness: np.ndarray


class OneScale(NamedTuple):
    """What is measured of a picture ``(h, w, ...)`` at one scale."""

    features: np.ndarray
    """``(P, F)``, patches row by row."""
    deviation: np.ndarray
    """``(h, w)``, local deviation of luminance in grey levels."""


def features_at_two_scales(
    picture: np.ndarray,
    side: int,
    measure: Callable[[np.ndarray, int, int], OneScale],
    halve: Callable[[np.ndarray], np.ndarray],
) -> Patches:
    """The features of the patches of a picture as it is, and behind them those of the picture at half its size.

    What is left over on the right and below is cut off. A patch without any texture is left out.

    Parameters
    ----------
    picture:
        ``(h, w)`` or ``(h, w, 3)``, in 0 to 255.
    side:
        Of a patch in pixels, an even number; half of it at the second scale.
    measure:
        Called with the picture, the side of a patch in it, and the scale, 1 or 2.
    halve:
        Halves height and width of the picture.
    """
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    picture = picture[: rows * side, : columns * side]
    first, second = measure(picture, side, 1), measure(halve(picture), side // 2, 2)
    sharpness = blocks(first.deviation, side).mean((1, 2))
    textured = sharpness > FLAT
    return Patches(np.concatenate([first.features, second.features], axis=1)[textured], sharpness[textured])


def sharpest(patches: Patches, share: float) -> np.ndarray:
    """Features of the patches of a pristine picture that pass ``share`` of the sharpness of its sharpest."""
    if not len(patches.features):
        return patches.features
    return patches.features[patches.sharpness > share * patches.sharpness.max()]
