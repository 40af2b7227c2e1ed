"""Figures over contents: means and ratios of sums, their 95 % intervals, and the test of a difference.

The unit is the content (the scene). Images of one content resemble each other, so they are not independent
observations; contents were drawn, so they are. Intervals and tests therefore rest on the spread of the per-content
values, by Student's t:

- a mean over contents (SRCC within each content) is the ordinary one-sample t;
- a difference of two methods is the paired t on per-content differences;
- a ratio of sums (votes that agree / votes cast) is a weighted mean of per-content shares: its standard error comes
  from the residuals ``top - ratio * bottom``, and the number of contents is Kish's effective number
  ``1 / sum(weight**2)``, which equals the number of contents where all weigh alike.

Why not the percentile bootstrap of contents: from few contents it is too narrow. With equal methods it calls 12 % of
the differences significant at 7 contents and 8.5 % at 25, where 5 % are promised. Steiger's test of pooled correlations
is worse (up to 41 %), because it takes the images for independent. Student's t keeps its promise from 5 to 200
contents: the simulation is ``python -m benchmarks.calibration``, its figures are in ``docs/statistics.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import Floats
from iqabench.stats.distributions import t_p_value, t_reach

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Differences below this are rounding, not differences: figures lie in [-1, 1]."""
UNLIMITED = (-np.inf, np.inf)


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval; arrays of one shape where several were given."""

    value: Floats
    low: Floats
    high: Floats
    """NaN with fewer than two contents, as ``low``."""
    p: Floats
    """Two-sided p-value of the figure being zero; below 0.05 exactly where the interval leaves zero out."""
    contents: Floats
    """Contents that say something."""


def content_mean(per_content: ArrayLike, limits: tuple[float, float] = UNLIMITED) -> Interval:
    """Mean over contents with its 95 % interval.

    Parameters
    ----------
    per_content:
        ``(contents,)`` or ``(methods, contents)``; NaN where a method's statistic is undefined, which
        leaves that content out of that method's mean.
    limits:
        Range of the statistic; the interval does not leave it.

    Returns
    -------
    Interval
        Of shape ``()`` or ``(methods,)``; the figure is NaN where no content is defined.
    """
    values = np.asarray(per_content, dtype=np.float64)
    defined = ~np.isnan(values)
    return content_ratio(np.where(defined, values, 0.0), defined.astype(np.float64), limits)


def content_ratio(numerators: ArrayLike, denominators: ArrayLike, limits: tuple[float, float] = UNLIMITED) -> Interval:
    """Ratio of sums over contents with its 95 % interval (votes that agree / votes cast).

    Parameters
    ----------
    numerators, denominators:
        ``(contents,)`` or ``(methods, contents)``; a content with denominator 0 says nothing.
    limits:
        Range of the ratio; the interval does not leave it.

    Returns
    -------
    Interval
        Of shape ``()`` or ``(methods,)``.
    """
    top, bottom = np.broadcast_arrays(np.asarray(numerators, np.float64), np.asarray(denominators, np.float64))
    total, contents = bottom.sum(axis=-1), (bottom != 0).sum(axis=-1)
    value = _without_rounding(_divide(top.sum(axis=-1), total))
    weights = _divide(bottom, total[..., None])
    residuals = _without_rounding(_divide(top, total[..., None]) - value[..., None] * weights)
    # Kish's effective number of contents; all alike: the number of contents, and everything below is Student's t.
    effective = _divide(np.ones_like(total), (weights**2).sum(axis=-1))
    known = (contents > 1) & (effective > 1)
    freedom = np.where(known, effective - 1, 1.0)
    error = np.sqrt((residuals**2).sum(axis=-1) * np.where(known, effective, 1.0) / freedom)
    reach = np.where(error > 0, t_reach(CONFIDENCE, freedom) * error, 0.0)
    # Without any spread, a difference is as certain as it can be, and no difference is none.
    ratio = _divide(np.abs(value), error, np.where(value == 0, 0.0, np.inf))
    low, high = (np.clip(bound, *limits) for bound in (value - reach, value + reach))
    return Interval(
        value=value,
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
        p=np.where(known & ~np.isnan(value), t_p_value(ratio, freedom), np.nan),
        contents=contents,
    )


def _without_rounding(values: Floats) -> Floats:
    return np.where(np.abs(values) <= ROUNDING, 0.0, values)


def _divide(top: Floats, bottom: Floats, otherwise: ArrayLike = np.nan) -> Floats:
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    filled = np.array(np.broadcast_to(np.asarray(otherwise, np.float64), shape))
    return np.divide(top, bottom, out=filled, where=np.broadcast_to(np.asarray(bottom) != 0, shape))
