"""NIQE's features of patches, and the multivariate Gaussian that is fitted to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from baselines.shared.scene_statistics import blocks, halved, mscn_features, normalised

PATCH = 96
"""Side of a patch in pixels; half of it at the second scale."""
SHARP = 0.75
"""Patches of pristine pictures enter the model if their sharpness passes this share of their picture's sharpest."""

FLAT = 1e-4
"""Sharpness, in grey levels, of a patch of one colour at most: rounding leaves some, one other pixel far more."""


class GaussianModel(NamedTuple):
    """A multivariate Gaussian of features."""

    mean: np.ndarray
    """``(F,)``."""
    covariance: np.ndarray
    """``(F, F)``."""

    def distance(self, other: GaussianModel) -> float:
        """Mahalanobis-like distance of the means under the mean of the covariances."""
        difference = self.mean - other.mean
        pooled = np.linalg.pinv((self.covariance + other.covariance) / 2, hermitian=True)
        return float(np.sqrt(max(difference @ pooled @ difference, 0.0)))


class Patches(NamedTuple):
    """Features ``(P, F)`` and sharpness ``(P,)`` of the patches of one picture that are not flat."""

    features: np.ndarray
    sharpness: np.ndarray


def fit_gaussian(features: np.ndarray) -> GaussianModel:
    """Mean and covariance of ``(P, F)``; the covariance of a single row is zero."""
    count = features.shape[1]
    covariance = np.cov(features, rowvar=False) if len(features) > 1 else np.zeros((count, count))
    return GaussianModel(features.mean(0), covariance)


def patch_features(levels: np.ndarray) -> Patches:
    """NIQE's features of the patches of 96x96 pixels of grey levels ``(h, w)`` in 0 to 255, at two scales.

    What is left over on the right and below is cut off. A patch without any texture is left out.
    """
    rows, columns = levels.shape[0] // PATCH, levels.shape[1] // PATCH
    levels = levels[: rows * PATCH, : columns * PATCH]
    found = []
    sharpness = np.zeros(rows * columns)
    for scale in (1, 2):
        values, deviation = normalised(levels)
        found.append(mscn_features(blocks(values, PATCH // scale)))
        if scale == 1:
            sharpness = blocks(deviation, PATCH).mean((1, 2))
            levels = halved(levels)
    textured = sharpness > FLAT
    return Patches(np.concatenate(found, axis=1)[textured], sharpness[textured])


def sharpest(patches: Patches, share: float = SHARP) -> np.ndarray:
    """Features of the patches of a pristine picture that pass ``share`` of the sharpness of its sharpest."""
    if not len(patches.features):
        return patches.features
    return patches.features[patches.sharpness > share * patches.sharpness.max()]
