"""Bootstrap over contents: how much a figure depends on which scenes were in the test set.

Images of one content are not independent of each other, so contents are resampled, not images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from iqabench.errors import DataError
from iqabench.stats.arrays import Floats, Indices

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure with its percentile interval; arrays where several methods were given."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class PairedDifference:
    """Difference between two methods, a minus b, over the same contents."""

    difference: float
    low: float
    high: float
    p: float
    """Two-sided p-value: twice the smaller share of draws on one side of zero; never below 2 / (draws + 1)."""
    p_student: float
    """Two-sided p-value of difference / bootstrap standard error, by Student's t with contents - 1 degrees of
    freedom: not limited by the number of draws and honest for few contents, so the one to correct for many tests."""
    contents: int


def content_draws(contents: int, draws: int, seed: int) -> Floats:
    """How often each content is drawn: ``(draws, contents)``, each row sums to ``contents``."""
    if draws < 1:
        raise DataError(f"{draws} bootstrap draws; at least 1 is needed")
    generator = np.random.default_rng(seed)
    return generator.multinomial(contents, np.full(contents, 1 / contents), size=draws).astype(np.float64)


def bootstrap_mean(per_content: ArrayLike, draws: int = 2000, seed: int = 0) -> Interval:
    """Mean over contents with its 95 % percentile interval.

    Parameters
    ----------
    per_content:
        ``(contents,)`` or ``(methods, contents)``; NaN where a method's statistic is undefined, which
        leaves that content out of that method's mean.

    Returns
    -------
    Interval
        Of shape ``()`` or ``(methods,)``; the bounds are NaN with fewer than 2 defined contents.
    """
    values = np.asarray(per_content, dtype=np.float64)
    defined = ~np.isnan(values)
    return bootstrap_ratio(np.where(defined, values, 0.0), defined.astype(np.float64), draws, seed)


def bootstrap_ratio(numerators: ArrayLike, denominators: ArrayLike, draws: int = 2000, seed: int = 0) -> Interval:
    """Ratio of sums over contents with its 95 % percentile interval (votes that agree / votes cast).

    Parameters
    ----------
    numerators, denominators:
        ``(contents,)`` or ``(methods, contents)``; a content with denominator 0 says nothing.

    Returns
    -------
    Interval
        Of shape ``()`` or ``(methods,)``; the bounds are NaN with fewer than 2 contents that say something.
    """
    top, bottom = np.broadcast_arrays(np.asarray(numerators, np.float64), np.asarray(denominators, np.float64))
    ratios = _drawn_ratios(top, bottom, draws, seed)
    value = _divide(top.sum(axis=-1), bottom.sum(axis=-1))
    low, high = _percentiles(ratios)
    single = (bottom > 0).sum(axis=-1) < 2
    return Interval(value, np.where(single, np.nan, low), np.where(single, np.nan, high))


def bootstrap_statistic(
    statistic: Callable[[Indices], float], groups: Sequence[Indices], draws: int = 2000, seed: int = 0
) -> Interval:
    """Any statistic of rows, with its 95 % percentile interval over resampled groups of rows.

    Parameters
    ----------
    statistic:
        Takes row indices (a group drawn twice appears twice) and returns a number; NaN draws are left out.
    groups:
        The rows of each content.
    """
    counts = content_draws(len(groups), draws, seed).astype(np.intp)
    drawn = np.array(
        [statistic(np.concatenate([np.tile(rows, n) for rows, n in zip(groups, c, strict=True)])) for c in counts]
    )
    value = np.asarray(statistic(np.concatenate(list(groups))))
    if len(groups) < 2:
        return Interval(value, np.asarray(np.nan), np.asarray(np.nan))
    return Interval(value, *_percentiles(drawn))


def paired_bootstrap(a: ArrayLike, b: ArrayLike, draws: int = 2000, seed: int = 0) -> PairedDifference:
    """Difference of the means of two methods over the same contents.

    Parameters
    ----------
    a, b:
        ``(contents,)`` per-content values; a content where one is NaN is left out of both.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    both = ~(np.isnan(first) | np.isnan(second))
    weights = both.astype(np.float64)
    return paired_ratio(np.where(both, first, 0.0), np.where(both, second, 0.0), weights, draws, seed)


def paired_ratio(
    a: ArrayLike, b: ArrayLike, denominators: ArrayLike, draws: int = 2000, seed: int = 0
) -> PairedDifference:
    """Difference of two ratios of sums over the same contents, with the same denominators.

    Parameters
    ----------
    a, b, denominators:
        ``(contents,)``: votes that agree with method a, with method b, votes cast.
    """
    top = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    contents = int((bottom > 0).sum())
    difference = float(_divide(top.sum(), bottom.sum()))
    if contents < 2:
        nan = float("nan")
        return PairedDifference(difference, nan, nan, nan, nan, contents)
    drawn = _drawn_ratios(top, bottom, draws, seed)
    drawn = drawn[~np.isnan(drawn)]
    low, high = _percentiles(drawn)
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    p = min(1.0, 2 * (tail + 1) / (drawn.size + 1))
    student = float(_student(np.asarray(difference), drawn, contents))
    return PairedDifference(difference, float(low), float(high), float(p), student, contents)


def paired_p_values(numerators: ArrayLike, denominators: ArrayLike, draws: int = 2000, seed: int = 0) -> Floats:
    """Student's p-value (see :class:`PairedDifference`) of the difference between every two methods.

    Parameters
    ----------
    numerators:
        ``(methods, contents)``, all defined: per-content values, or votes that agree.
    denominators:
        ``(contents,)``: ones (zero for a content that says nothing), or votes cast.

    Returns
    -------
    array
        ``(methods, methods)``, symmetric; NaN on the diagonal, and everywhere with fewer than 2 contents.
    """
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    methods, contents = len(top), int((bottom > 0).sum())
    p_values = np.full((methods, methods), np.nan)
    if contents < 2:
        return p_values
    counts = content_draws(bottom.size, draws, seed)
    weights = counts @ bottom
    counts, weights = counts[weights > 0], weights[weights > 0]
    for i in range(methods - 1):
        # Differences are drawn, not subtracted after drawing, so that equal methods differ by exactly zero.
        gaps = top[i] - top[i + 1 :]
        drawn = (counts @ gaps.T) / weights[:, None]
        p_values[i, i + 1 :] = _student(gaps.sum(axis=1) / bottom.sum(), drawn, contents)
        p_values[i + 1 :, i] = p_values[i, i + 1 :]
    return p_values


def _student(difference: Floats, drawn: Floats, contents: int) -> Floats:
    # The bootstrap's variance of a mean is short by (n - 1) / n.
    error = drawn.std(axis=0) * np.sqrt(contents / (contents - 1))
    size = np.abs(difference)
    ratio = np.divide(size, error, out=np.where(size == 0, 0.0, np.inf), where=error > 0)
    return np.asarray(2 * stats.t.sf(ratio, contents - 1))


def _drawn_ratios(top: Floats, bottom: Floats, draws: int, seed: int) -> Floats:
    counts = content_draws(top.shape[-1], draws, seed)
    return _divide(counts @ top.T, counts @ bottom.T)


def _divide(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=np.asarray(bottom) > 0)


def _percentiles(drawn: Floats) -> tuple[Floats, Floats]:
    tail = 50 * (1 - CONFIDENCE)
    empty = np.isnan(drawn).all(axis=0)
    filled = np.where(empty, 0.0, drawn)
    # nanpercentile is many times slower, and needed only where a draw hit no defined content.
    quantile = np.nanpercentile if np.isnan(filled).any() else np.percentile
    low, high = quantile(filled, [tail, 100 - tail], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
