"""NIQE's features of patches, and the multivariate Gaussian that is fitted to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from baselines.shared.scene_statistics import blocks, halved, mscn_features, normalised
from baselines.shared.two_scales import OneScale, Patches, features_at_two_scales

PATCH = 96
"""Side of a patch in pixels; half of it at the second scale."""
SHARP = 0.75
"""Patches of pristine pictures enter the model if their sharpness passes this share of their picture's sharpest."""


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


def fit_gaussian(features: np.ndarray) -> GaussianModel:
    """Mean and covariance of ``(P, F)``; the covariance of a single row is zero."""
    count = features.shape[1]
    covariance = np.cov(features, rowvar=False) if len(features) > 1 else np.zeros((count, count))
    return GaussianModel(features.mean(0), covariance)


def patch_features(levels: np.ndarray) -> Patches:
    """NIQE's features of the patches of 96x96 pixels of grey levels ``(h, w)`` in 0 to 255, at two scales.

    What is left over on the right and below is cut off. A patch without any texture is left out.
    """
    return features_at_two_scales(levels, PATCH, _features, halved)


def _features(levels: np.ndarray, side: int, scale: int) -> OneScale:
    values, deviation = normalised(levels)
    return OneScale(mscn_features(blocks(values, side)), deviation)
