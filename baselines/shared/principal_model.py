"""A Gaussian of the principal components of features, and the mean distance of patches from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

COMPONENTS = 160
"""How many are kept (``no_reference/pristine/README.md`` says why)."""


class PrincipalModel(NamedTuple):
    """K principal components of F features of pristine patches; of these components each is a Gaussian by itself."""

    mean: np.ndarray
    """Of the features, ``(F,)``."""
    axes: np.ndarray
    """What the difference from ``mean`` is multiplied by, ``(F, K)``."""
    variances: np.ndarray
    """Of the components, ``(K,)``; their mean is 0 and their covariances are 0, in the patches they come from."""

    def mean_distance(self, features: np.ndarray) -> float:
        """Mean over patches ``(P, F)`` of the distance from the Gaussian, under the mean of both covariances."""
        components = (features - self.mean) @ self.axes.astype(np.float64)
        own = np.cov(components, rowvar=False) if len(components) > 1 else np.zeros((len(self.variances),) * 2)
        pooled = (np.diag(self.variances) + own) / 2
        squares = np.einsum("ij,ji->i", components, np.linalg.solve(pooled, components.T))
        return float(np.sqrt(np.maximum(squares, 0)).mean())


def fit_principal_model(features: np.ndarray, count: int) -> PrincipalModel:
    """The first ``count`` principal components of ``features`` ``(P, F)``, each divided by its deviation first."""
    mean = features.mean(0)
    deviation = features.std(0, ddof=1)
    _, singular, directions = np.linalg.svd((features - mean) / deviation, full_matrices=False)
    variances = singular[:count] ** 2 / (len(features) - 1)
    # Row by row in memory: safetensors writes the bytes as they lie.
    axes = np.ascontiguousarray(directions[:count].T / deviation[:, None], dtype=np.float32)
    return PrincipalModel(mean, axes, variances)
