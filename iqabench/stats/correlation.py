"""Correlation of scores with mean opinion scores: pooled, and within each content.

Scores come in with their sign already turned so that higher is better; nothing here takes an
absolute value, so a metric that points the wrong way gets a negative number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import AT_ONCE, Floats, Groups, finite_vectors, group, is_constant, mean_ranks

Correlation = Callable[[ArrayLike, ArrayLike], float]
_OfRows = Callable[[Floats, Floats], Floats]
MINIMUM_POINTS = 3
PAIRED = 300
"""Images of a content up to which comparing every pair takes less time than sorting."""
ROUNDING = 1e-13
"""Spread relative to the mean below which a variation is only rounding (scipy's own threshold)."""


def plcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Pearson's linear correlation of two vectors ``(n,)``, in [-1, 1].

    NaN for fewer than 3 points or if one vector is constant (up to rounding).
    """
    return _of_one(_plcc, scores, mos)


def srcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Spearman's rank correlation of two vectors ``(n,)``, ties at their mean rank, in [-1, 1].

    NaN for fewer than 3 points or a constant vector.
    """
    return _of_one(_srcc, scores, mos)


def krcc(scores: ArrayLike, mos: ArrayLike) -> float:
    """Kendall's rank correlation tau-b of two vectors ``(n,)``, in [-1, 1].

    NaN for fewer than 3 points or a constant vector.
    """
    return _of_one(_krcc, scores, mos)


def _of_one(of_rows: _OfRows, scores: ArrayLike, mos: ArrayLike) -> float:
    x, y = finite_vectors(scores=scores, mos=mos)
    return float(of_rows(x[None], y[None])[0]) if x.size >= MINIMUM_POINTS else float("nan")


# Below, rows are (contents, n) with n >= MINIMUM_POINTS, and (contents,) is returned.


def _plcc(x: Floats, y: Floats) -> Floats:
    # Scaled first, so that squares neither overflow nor vanish; scipy's pearsonr is the test's oracle.
    deviations, constant = [], np.zeros(len(x), dtype=bool)
    for values in (x, y):
        largest = np.abs(values).max(axis=1, keepdims=True)
        scaled = values / np.where(largest == 0, 1.0, largest)
        centred = scaled - scaled.mean(axis=1, keepdims=True)
        norm = np.sqrt(_dot(centred, centred))
        constant |= norm <= ROUNDING * np.sqrt(values.shape[1])
        deviations.append(centred / np.where(norm == 0, 1.0, norm)[:, None])
    return np.where(constant, np.nan, np.clip(_dot(*deviations), -1.0, 1.0))


def _dot(a: Floats, b: Floats) -> Floats:
    """Row by row."""
    return np.asarray((a[:, None, :] @ b[:, :, None])[:, 0, 0])


def _srcc(x: Floats, y: Floats) -> Floats:
    return _plcc(mean_ranks(x), mean_ranks(y))


def _krcc(x: Floats, y: Floats) -> Floats:
    size = x.shape[1]
    if size > PAIRED:
        return np.array([_long_krcc(*rows) for rows in zip(x, y, strict=True)])
    found, step = np.empty(len(x)), max(1, AT_ONCE // size**2)
    for start in range(0, len(x), step):
        signs = [
            np.greater(part[:, :, None], part[:, None, :]).view(np.int8)
            - np.less(part[:, :, None], part[:, None, :]).view(np.int8)
            for part in (x[start : start + step], y[start : start + step])
        ]
        # Every pair stands there in both orders.
        untied = [np.count_nonzero(one, axis=(1, 2)) / 2 for one in signs]
        agreeing = np.sum(signs[0] * signs[1], axis=(1, 2), dtype=np.int64) / 2
        with np.errstate(invalid="ignore"):  # 0 / 0 of a constant vector
            found[start : start + step] = agreeing / np.sqrt(untied[0]) / np.sqrt(untied[1])
    return np.clip(found, -1.0, 1.0)


def _long_krcc(x: Floats, y: Floats) -> float:
    if is_constant(x) or is_constant(y):
        return float("nan")
    from scipy import stats  # takes long to import, and few commands come here

    return float(stats.kendalltau(x, y, method="asymptotic").statistic)


@dataclass(frozen=True)
class WithinContent:
    """A statistic computed within each content, and its mean."""

    mean: float
    """Mean over the contents where the statistic is defined; NaN if there is none."""
    per_content: dict[str, float]
    """By content, in sorted order; NaN where undefined."""
    undefined: list[str]
    """Contents where the statistic is undefined: a constant vector, or fewer than 3 images."""

    @property
    def vector(self) -> Floats:
        """Per-content values ``(contents,)`` in sorted order of the contents."""
        return np.fromiter(self.per_content.values(), dtype=np.float64)


_OF_ROWS: dict[Correlation, _OfRows] = {plcc: _plcc, srcc: _srcc, krcc: _krcc}
"""What computes a correlation within many contents at once."""


def within_content(
    statistic: Correlation, scores: ArrayLike, mos: ArrayLike, content: ArrayLike | Groups
) -> WithinContent:
    """Compute ``statistic`` within each content, then average (the protocol of the CKDN paper).

    Parameters
    ----------
    statistic:
        ``statistic(scores, mos) -> float``, NaN where undefined.
    scores, mos:
        ``(n,)``; scores with higher meaning better.
    content:
        ``(n,)`` names, or :func:`~iqabench.stats.arrays.group` of them.
    """
    x, y = finite_vectors(scores=scores, mos=mos)
    groups = group(content)
    values, of_rows = np.full(len(groups.names), np.nan), _OF_ROWS.get(statistic)
    for places, rows in groups.batches():
        if of_rows is None:
            values[places] = [statistic(x[row], y[row]) for row in rows]
        elif rows.shape[1] >= MINIMUM_POINTS:
            values[places] = of_rows(x[rows], y[rows])
    per_content = dict(zip(map(str, groups.names), values.tolist(), strict=True))
    defined = values[~np.isnan(values)]
    return WithinContent(
        float(np.mean(defined)) if defined.size else float("nan"),
        per_content,
        [name for name, value in per_content.items() if np.isnan(value)],
    )
