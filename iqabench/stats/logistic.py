"""The logistic curves that map scores to mean opinion scores before PLCC and RMSE.

The one with four parameters is that of the Video Quality Experts Group's validation reports (VQEG, FR-TV phase II,
2003): ``f(x) = b2 + (b1 - b2) / (1 + exp(-(x - b3) / |b4|))``. The one with five is that of Sheikh, Sabir and Bovik
(IEEE TIP 2006): ``f(x) = b1 (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 x + b5``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from iqabench.stats.arrays import Floats, Indices, finite_vectors
from iqabench.stats.correlation import plcc, srcc

MINIMUM_POINTS = 5
EVALUATIONS = 2000
COARSE, FINE = 1e-3, 1e-7
"""Relative improvement of the squared error, and of the parameters, at which a descent ends."""
LEVELS, RESOLUTION = 3, 1e-3
"""So many predicted values, told apart at this share of their range, are a step and no curve."""
THINNED = 25_000
"""Points beyond which starts are tried on so many of them alone; PIPAL has 23,200."""
NARROWEST = 1e-6
"""Smallest slope scale, in standard deviations of the scores; a step is not made steeper than this."""


@dataclass(frozen=True)
class LogisticFit:
    """Result of the fit; ``plcc`` and ``rmse`` are NaN where it did not converge, or is none."""

    parameters: Floats
    """Four: ``(b1, b2, b3, b4)``, value towards high scores, towards low scores, midpoint, slope scale (> 0). Five:
    height, steepness and midpoint of a step, slope and intercept of a line."""
    predicted: Floats
    """``(n,)`` fitted values in units of MOS; NaN where the fit did not converge."""
    plcc: float
    """Pearson's correlation of ``predicted`` with MOS. Negative if the fitted curve falls: the metric then
    points against its declared direction, which a fit must not hide."""
    rmse: float
    """Root mean squared error of ``predicted``, in units of MOS."""
    converged: bool
    """False also for a step that parts a few of many scores from the rest, and for a curve that contradicts them."""


def logistic_curve(x: ArrayLike, parameters: ArrayLike) -> Floats:
    """The four-parameter logistic at ``x``."""
    high, low, middle, scale = np.asarray(parameters, dtype=np.float64)
    return np.asarray(low + (high - low) * expit((np.asarray(x, dtype=np.float64) - middle) / abs(scale)))


def logistic5_curve(x: ArrayLike, parameters: ArrayLike) -> Floats:
    """The five-parameter logistic at ``x``."""
    height, steepness, middle, slope, level = np.asarray(parameters, dtype=np.float64)
    at = np.asarray(x, dtype=np.float64)
    return np.asarray(height * (expit(steepness * (at - middle)) - 0.5) + slope * at + level)


def fit_logistic(scores: ArrayLike, mos: ArrayLike) -> LogisticFit:
    """Fit the logistic by least squares (Levenberg-Marquardt), from several starts; the best one wins.

    Parameters
    ----------
    scores, mos:
        ``(n,)``; scores with higher meaning better.

    Returns
    -------
    LogisticFit
        ``converged`` is False for fewer than 5 points, a constant vector, when no start converges, when the curve is
        a step (three values at most for many different scores), or when it rises where SRCC is negative, or falls
        where SRCC is positive.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    direction = _direction(x, y, MINIMUM_POINTS)
    if np.isnan(direction):
        return _no_fit(4, x.size)
    u, x_mean, x_scale = _standardised(x)
    v, y_mean, y_scale = _standardised(y)
    fit = _best(_four_residuals, _four_slopes, u, v, _starts(u, v, direction))
    if not fit.converged:
        return _no_fit(4, x.size)
    high, low, middle, scale = fit.parameters
    scale = max(abs(scale), NARROWEST)
    parameters = np.array([y_mean + y_scale * high, y_mean + y_scale * low, x_mean + x_scale * middle, x_scale * scale])
    predicted = y_mean + y_scale * logistic_curve(u, (high, low, middle, scale))
    return _fitted(parameters, predicted, x, y, falls=high < low)


def fit_logistic5(scores: ArrayLike, mos: ArrayLike) -> LogisticFit:
    """Fit the five-parameter logistic by least squares, from several starts; the best one wins.

    The curve need not be monotone. Its PLCC is negative if it falls on the whole (SRCC of scores and predictions).

    Parameters
    ----------
    scores, mos
        ``(n,)``; scores with higher meaning better.

    Returns
    -------
    LogisticFit
        ``converged`` is False for fewer than 6 points, and else as for :func:`fit_logistic`.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    direction = _direction(x, y, MINIMUM_POINTS + 1)
    if np.isnan(direction):
        return _no_fit(5, x.size)
    u, x_mean, x_scale = _standardised(x)
    v, y_mean, y_scale = _standardised(y)
    starts = [
        np.array([high - low, 1 / scale, middle, 0.0, 0.0]) for high, low, middle, scale in _starts(u, v, direction)
    ]
    starts.append(np.array([0.1 * np.sign(direction), 1.0, 0.0, direction, 0.0]))
    fit = _best(_five_residuals, _five_slopes, u, v, starts)
    if not fit.converged:
        return _no_fit(5, x.size)
    height, steepness, middle, slope, level = fit.parameters
    parameters = np.array(
        [
            y_scale * height,
            steepness / x_scale,
            x_mean + x_scale * middle,
            y_scale * slope / x_scale,
            y_mean + y_scale * (level - slope * x_mean / x_scale),
        ]
    )
    predicted = y_mean + y_scale * logistic5_curve(u, fit.parameters)
    return _fitted(parameters, predicted, x, y, falls=srcc(x, predicted) < 0)


def _direction(x: Floats, y: Floats, points: int) -> float:
    """Pearson's correlation; NaN where nothing can be fitted: too few points, or a constant vector."""
    return plcc(x, y) if x.size >= points else float("nan")


def _standardised(values: Floats) -> tuple[Floats, float, float]:
    """Values, their mean and scale: starts and tolerances shall mean the same for PSNR in dB and for a loss of 1e-4."""
    mean, scale = values.mean(), values.std()
    return (values - mean) / scale, mean, scale


def _fitted(parameters: Floats, predicted: Floats, scores: Floats, mos: Floats, falls: bool) -> LogisticFit:
    """What a fit is worth; ``falls`` if its curve points against the metric's declared direction."""
    if _is_step(predicted, scores, mos) or (-1 if falls else 1) * srcc(scores, mos) < 0:
        return _no_fit(len(parameters), scores.size)
    correlation = plcc(predicted, mos)
    error = float(np.sqrt(np.mean((predicted - mos) ** 2)))
    return LogisticFit(parameters, predicted, -correlation if falls else correlation, error, True)


def _is_step(predicted: Floats, scores: Floats, mos: Floats) -> bool:
    """True if a curve takes few values where scores and labels take many."""
    extent = np.ptp(predicted)
    levels = np.unique(np.round((predicted - predicted.min()) / (extent * RESOLUTION))).size if extent > 0 else 1
    if levels > LEVELS:  # as nearly always: the others need not be counted
        return False
    return min(np.unique(scores).size, np.unique(mos).size) > LEVELS


def _no_fit(parameters: int, points: int) -> LogisticFit:
    return LogisticFit(np.full(parameters, np.nan), np.full(points, np.nan), float("nan"), float("nan"), False)


def _starts(u: Floats, v: Floats, direction: float) -> list[Floats]:
    top, bottom = (v.max(), v.min()) if direction >= 0 else (v.min(), v.max())
    return [np.array([top, bottom, middle, scale]) for middle in (0.0, float(np.median(u))) for scale in (0.25, 1.0)]


_Function = Callable[[Floats], Floats]
CONVERGED = (1, 2, 3, 4)
"""MINPACK's codes of a descent that ended by one of its tolerances."""


class _Descent(NamedTuple):
    """Where a descent from one start ended."""

    parameters: Floats
    squares: float
    """Sum of the squared residuals."""
    converged: bool


KEPT = 10_000
_kept: dict[tuple[object, bytes], _Descent] = {}
"""Where the latest fits ended, at most :data:`KEPT`, by their curve and the digest of their points."""


def _best(
    residuals: Callable[[Floats, Floats], _Function],
    slopes: Callable[[Floats], _Function],
    u: Floats,
    v: Floats,
    starts: list[Floats],
) -> _Descent:
    # Tables, reports and audits of one process ask again for the same fits.
    points = (residuals, blake2b(np.stack([u, v]).tobytes()).digest())
    if (known := _kept.get(points)) is not None:
        return known
    # Every start goes down coarsely, and only the best one to the end: near a straight line the end is far off.
    some = _evenly(u)
    rough = min(
        (_descend(residuals(u[some], v[some]), slopes(u[some]), start, COARSE) for start in starts),
        key=lambda descent: descent.squares,
    )
    found = _descend(residuals(u, v), slopes(u), rough.parameters, FINE)
    if len(_kept) >= KEPT:
        _kept.clear()
    _kept[points] = found
    return found


def _evenly(u: Floats) -> Indices | slice:
    """All points, or :data:`THINNED` of them, evenly spaced by their scores."""
    if u.size <= THINNED:
        return slice(None)
    return np.argsort(u, kind="stable")[np.linspace(0, u.size - 1, THINNED).astype(np.intp)]


def _four_residuals(u: Floats, v: Floats) -> _Function:
    def residuals(p: Floats) -> Floats:
        high, low, middle, scale = p.tolist()  # Python's numbers: half of the time of a short vector is numpy's scalars
        return np.asarray(low + (high - low) * expit((u - middle) / max(abs(scale), NARROWEST)) - v)

    return residuals


def _four_slopes(u: Floats) -> _Function:
    """Derivatives of :func:`_four_residuals`, ``(4, n)``."""
    found = np.empty((4, u.size))

    def jacobian(p: Floats) -> Floats:
        high, low, middle, width = p.tolist()
        scale = max(abs(width), NARROWEST)
        z = (u - middle) / scale
        rise = expit(z)
        fall = 1 - rise
        slope = (high - low) * rise * fall / scale
        side = 0.0 if abs(width) <= NARROWEST else math.copysign(1.0, width)
        found[0], found[1], found[2], found[3] = rise, fall, -slope, -slope * z * side
        return found

    return jacobian


def _five_residuals(u: Floats, v: Floats) -> _Function:
    def residuals(p: Floats) -> Floats:
        height, steepness, middle, slope, level = p.tolist()
        return np.asarray(height * (expit(steepness * (u - middle)) - 0.5) + slope * u + level - v)

    return residuals


def _five_slopes(u: Floats) -> _Function:
    """Derivatives of :func:`_five_residuals`, ``(5, n)``."""
    found = np.empty((5, u.size))
    found[3], found[4] = u, 1.0

    def jacobian(p: Floats) -> Floats:
        height, steepness, middle, _, _ = p.tolist()
        away = u - middle
        rise = expit(steepness * away)
        step = height * rise * (1 - rise)
        found[0], found[1], found[2] = rise - 0.5, step * away, -step * steepness
        return found

    return jacobian


def _descend(residuals: _Function, jacobian: _Function, start: Floats, tolerance: float) -> _Descent:
    from scipy.optimize import leastsq  # takes long to import, and many commands fit nothing

    # MINPACK's Levenberg-Marquardt, as least_squares(method="lm") calls it, without what that does around every
    # evaluation, which takes several times as long as evaluating these curves.
    with np.errstate(all="ignore"):  # of a covariance that it computes as well, and that nobody asked for
        parameters, _, found, _, code = leastsq(
            residuals,
            start,
            Dfun=jacobian,
            col_deriv=True,
            full_output=True,
            ftol=tolerance,
            xtol=tolerance,
            gtol=tolerance,
            maxfev=EVALUATIONS,
        )
    return _Descent(parameters, float(found["fvec"] @ found["fvec"]), code in CONVERGED)
