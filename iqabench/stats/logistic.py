"""The four-parameter logistic that maps scores to mean opinion scores before PLCC and RMSE.

The form is the one of the Video Quality Experts Group's validation reports (VQEG, FR-TV phase II,
2003): ``f(x) = b2 + (b1 - b2) / (1 + exp(-(x - b3) / |b4|))``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, least_squares
from scipy.special import expit

from iqabench.stats.arrays import Floats, finite_vectors
from iqabench.stats.correlation import plcc

MINIMUM_POINTS = 5
EVALUATIONS = 2000
COARSE, FINE = 1e-3, 1e-7
"""Relative improvement of the squared error, and of the parameters, at which a descent ends."""
NARROWEST = 1e-6
"""Smallest slope scale, in standard deviations of the scores; a step is not made steeper than this."""


@dataclass(frozen=True)
class LogisticFit:
    """Result of the fit; ``plcc`` and ``rmse`` are NaN where it did not converge."""

    parameters: Floats
    """``(b1, b2, b3, b4)``: value towards high scores, towards low scores, midpoint, slope scale (> 0)."""
    predicted: Floats
    """``(n,)`` fitted values in units of MOS; NaN where the fit did not converge."""
    plcc: float
    """Pearson's correlation of ``predicted`` with MOS. Negative if the fitted curve falls: the metric then
    points against its declared direction, which a fit must not hide."""
    rmse: float
    """Root mean squared error of ``predicted``, in units of MOS."""
    converged: bool


def logistic_curve(x: ArrayLike, parameters: ArrayLike) -> Floats:
    """The four-parameter logistic at ``x``."""
    high, low, middle, scale = np.asarray(parameters, dtype=np.float64)
    return np.asarray(low + (high - low) * expit((np.asarray(x, dtype=np.float64) - middle) / abs(scale)))


def fit_logistic(scores: ArrayLike, mos: ArrayLike) -> LogisticFit:
    """Fit the logistic by least squares (Levenberg-Marquardt), from several starts; the best one wins.

    Parameters
    ----------
    scores, mos:
        ``(n,)``; scores with higher meaning better.

    Returns
    -------
    LogisticFit
        ``converged`` is False for fewer than 5 points, a constant vector, or when no start converges.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    failed = LogisticFit(np.full(4, np.nan), np.full(x.size, np.nan), float("nan"), float("nan"), False)
    direction = plcc(x, y) if x.size >= MINIMUM_POINTS else float("nan")
    if np.isnan(direction):
        return failed
    # Standardised, so that starts and tolerances mean the same for PSNR in dB and for a loss of 1e-4.
    x_mean, x_scale, y_mean, y_scale = x.mean(), x.std(), y.mean(), y.std()
    u, v = (x - x_mean) / x_scale, (y - y_mean) / y_scale
    # Every start goes down coarsely, and only the best one to the end: near a straight line the end is far off.
    rough = min((_descend(u, v, start, COARSE) for start in _starts(u, v, direction)), key=lambda fit: fit.cost)
    fit = _descend(u, v, rough.x, FINE)
    if fit.status <= 0:
        return failed
    high, low, middle, scale = fit.x
    scale = max(abs(scale), NARROWEST)
    parameters = np.array([y_mean + y_scale * high, y_mean + y_scale * low, x_mean + x_scale * middle, x_scale * scale])
    predicted = y_mean + y_scale * logistic_curve(u, (high, low, middle, scale))
    correlation = plcc(predicted, y)
    if high < low:
        correlation = -correlation
    return LogisticFit(parameters, predicted, correlation, float(np.sqrt(np.mean((predicted - y) ** 2))), True)


def _starts(u: Floats, v: Floats, direction: float) -> list[Floats]:
    top, bottom = (v.max(), v.min()) if direction >= 0 else (v.min(), v.max())
    return [np.array([top, bottom, middle, scale]) for middle in (0.0, float(np.median(u))) for scale in (0.25, 1.0)]


def _descend(u: Floats, v: Floats, start: Floats, tolerance: float) -> OptimizeResult:
    def residuals(p: Floats) -> Floats:
        return logistic_curve(u, (p[0], p[1], p[2], max(abs(p[3]), NARROWEST))) - v

    def jacobian(p: Floats) -> Floats:
        scale = max(abs(p[3]), NARROWEST)
        z = (u - p[2]) / scale
        rise = expit(z)
        slope = (p[0] - p[1]) * rise * (1 - rise) / scale
        toward_scale = -slope * z * (np.sign(p[3]) if abs(p[3]) > NARROWEST else 0.0)
        return np.stack([rise, 1 - rise, -slope, toward_scale], axis=1)

    # What curve_fit calls underneath; used directly, because it reports its status instead of warning
    # about a covariance that nobody asked for.
    return least_squares(
        residuals,
        start,
        jac=jacobian,
        method="lm",
        ftol=tolerance,
        xtol=tolerance,
        gtol=tolerance,
        max_nfev=EVALUATIONS,
    )
