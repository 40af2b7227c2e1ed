"""Regression by radial basis functions with a ridge, its two numbers chosen on held-out contents."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve
from scipy.spatial.distance import cdist

CENTRES = 1000
"""Training images that functions are centred on, at most: the work grows with their cube."""
FOLDS = 5
WIDTHS = (0.01, 0.03, 0.1, 0.3)
"""Tried factors of the squared distance between features that are scaled to [-1, 1]."""
RIDGES = (0.003, 0.03, 0.3, 3.0)


class KernelRidge(NamedTuple):
    """A fitted regression; all arrays are float64."""

    low: np.ndarray
    """Smallest value of each feature in training, ``(F,)``."""
    high: np.ndarray
    centres: np.ndarray
    """Scaled features, ``(C, F)``."""
    weights: np.ndarray
    """``(C,)``."""
    width: np.ndarray
    """``()``."""
    offset: np.ndarray
    """Mean of the training labels, ``()``."""

    def arrays(self) -> dict[str, np.ndarray]:
        """All there is to keep, by name."""
        return {name: np.array(value, dtype=np.float64) for name, value in self._asdict().items()}

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict the label of each row of ``features`` ``(N, F)``; each row is scored for itself."""
        basis = _basis(_scaled(features, self.low, self.high), self.centres, float(self.width))
        predicted: np.ndarray = (basis * self.weights).sum(1) + self.offset
        return predicted


def fit_kernel_ridge(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int) -> KernelRidge:
    """Fit ``labels`` ``(N,)`` to ``features`` ``(N, F)``.

    Parameters
    ----------
    groups
        Content of each row, ``(N,)``. Width and ridge are those with the least squared error on groups left out, five
        parts of them in turn; of a single group there is nothing to leave out, and the middle of the grid is taken.
    seed
        Draws the centres where there are more than :data:`CENTRES` rows.
    """
    low, high = features.min(0), features.max(0)
    scaled = _scaled(features, low, high)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(scaled))[:CENTRES])
    centres, offset = scaled[chosen], labels.mean()
    width, ridge = _best(scaled, labels - offset, centres, groups)
    weights = _solved(_basis(scaled, centres, width), _basis(centres, centres, width), labels - offset, ridge)
    return KernelRidge(low, high, centres, weights, np.array(width), np.array(offset))


def _best(scaled: np.ndarray, labels: np.ndarray, centres: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    _, number = np.unique(groups, return_inverse=True)
    part = number % FOLDS
    parts = np.unique(part)
    if len(parts) < 2:
        return WIDTHS[len(WIDTHS) // 2], RIDGES[len(RIDGES) // 2]
    errors = {}
    for width, ridge in product(WIDTHS, RIDGES):
        basis, among = _basis(scaled, centres, width), _basis(centres, centres, width)
        error = 0.0
        for left_out in parts:
            held = part == left_out
            weights = _solved(basis[~held], among, labels[~held], ridge)
            error += float(np.square(basis[held] @ weights - labels[held]).sum())
        errors[width, ridge] = error
    return min(errors, key=lambda pair: errors[pair])


def _solved(basis: np.ndarray, among: np.ndarray, labels: np.ndarray, ridge: float) -> np.ndarray:
    """Weights of the centres: least squares plus ``ridge`` times the norm of the function."""
    # A trace of the unit matrix keeps it solvable where two training images are the same.
    system = basis.T @ basis + ridge * among + 1e-8 * np.eye(len(among))
    weights: np.ndarray = solve(system, basis.T @ labels, assume_a="pos")
    return weights


def _scaled(features: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """To [-1, 1] over the training images; a feature that is the same in all of them counts for nothing."""
    span = np.where(high > low, high - low, np.inf)
    scaled: np.ndarray = np.where(high > low, 2 * (features - low) / span - 1, 0.0)
    return scaled


def _basis(scaled: np.ndarray, centres: np.ndarray, width: float) -> np.ndarray:
    basis: np.ndarray = np.exp(-width * cdist(scaled, centres, "sqeuclidean"))
    return basis
