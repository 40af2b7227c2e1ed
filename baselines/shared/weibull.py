"""Weibull distributions of many samples at once, by maximum likelihood."""

from __future__ import annotations

import math

import numpy as np

LARGEST_SHAPE = 1000.0
"""Samples that hardly differ have no finite shape."""
STEPS = 4
"""Newton's steps: from the start below they leave less than float32 can tell."""


def fit_weibull(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shape, ``(P,)`` each, of the Weibull distribution of each row of ``samples`` ``(P, n)``, all above 0.

    The shape k solves 1/k = sum(x^k ln x) / sum(x^k) - mean(ln x). It starts from the deviation of the logarithms,
    which is pi / (sqrt(6) k) for this distribution.
    """
    logarithms = np.log(samples)
    highest = logarithms.max(1, keepdims=True)
    below = logarithms - highest  # at most 0: no power overflows
    mean = below.mean(1)
    shape = math.pi / math.sqrt(6) / np.maximum(below.std(1), 1 / LARGEST_SHAPE)
    powers = np.empty_like(below)  # taken anew in each step, it would cost as much as what is computed in it
    for _ in range(STEPS):
        np.exp(np.multiply(shape[:, None], below, out=powers), out=powers)
        total = powers.sum(1)
        powers *= below
        first = powers.sum(1) / total
        second = np.einsum("ij,ij->i", powers, below) / total
        step = (first - mean - 1 / shape) / (second - first * first + 1 / shape**2)
        # A step takes half of the shape away at most, so it stays above 0.
        shape = np.clip(shape - step, shape / 2, LARGEST_SHAPE)
    means = np.exp(np.multiply(shape[:, None], below, out=powers), out=powers).mean(1)
    return np.exp(np.log(means) / shape + highest[:, 0]), shape
