"""Pair accuracy: of two restored images of one content, does the metric prefer the one that people prefer?

Pairs are formed within content and category ("two IR algorithms under the same task and setting",
Table 13 of the CKDN paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats, Indices, finite_vectors, group_rows


@dataclass(frozen=True)
class PairAccuracy:
    """Share of pairs ordered as MOS orders them; shape ``()``, or ``(methods,)`` if several were given."""

    accuracy: Floats
    """In [0, 1]; a tie in prediction earns one half. NaN without a pair."""
    pairs: int
    """Pairs counted."""


def pairs_within(*keys: ArrayLike) -> tuple[Indices, Indices]:
    """All unordered pairs of rows that agree in every key, as two index vectors."""
    first, second = [], []
    for rows in group_rows(*keys).values():
        i, j = np.triu_indices(rows.size, k=1)
        first.append(rows[i])
        second.append(rows[j])
    empty = np.empty(0, dtype=np.intp)
    return np.concatenate([empty, *first]), np.concatenate([empty, *second])


def pair_accuracy(
    scores: ArrayLike, mos: ArrayLike, content: ArrayLike, category: ArrayLike, minimum_difference: float = 0.0
) -> PairAccuracy:
    """Accuracy over all pairs within content and category.

    Parameters
    ----------
    scores:
        ``(n,)`` or ``(methods, n)``, finite, higher meaning better.
    mos:
        ``(n,)``, higher meaning better.
    content, category:
        ``(n,)`` names.
    minimum_difference:
        Count only pairs whose MOS differ by more than this, in units of MOS.
    """
    return _accuracy(scores, mos, pairs_within(content, category), minimum_difference)


def algorithm_pair_accuracy(
    scores: ArrayLike, mos: ArrayLike, algorithm: ArrayLike, category: ArrayLike, minimum_difference: float = 0.0
) -> PairAccuracy:
    """Accuracy over pairs of algorithms of one category, by their means over contents.

    Parameters are those of :func:`pair_accuracy`, with ``algorithm`` for ``content``.
    """
    table, truth = _score_table(scores), finite_vectors(mos=mos)[0]
    groups = group_rows(algorithm, category)
    mean_scores, mean_mos = np.empty((*table.shape[:-1], len(groups))), np.empty(len(groups))
    for column, rows in enumerate(groups.values()):
        mean_scores[..., column], mean_mos[column] = table[..., rows].mean(axis=-1), truth[rows].mean()
    return _accuracy(mean_scores, mean_mos, pairs_within([key[1] for key in groups]), minimum_difference)


def _score_table(scores: ArrayLike) -> Floats:
    table = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(table).all():
        raise DataError("scores: some are not finite; leave such rows out, and count them, first")
    return table


def _accuracy(scores: ArrayLike, mos: ArrayLike, pairs: tuple[Indices, Indices], minimum: float) -> PairAccuracy:
    table, truth = _score_table(scores), finite_vectors(mos=mos)[0]
    if minimum < 0 or table.shape[-1] != truth.size:
        raise DataError(f"{table.shape[-1]} scores, {truth.size} MOS, minimum difference {minimum}")
    i, j = pairs
    difference = truth[i] - truth[j]
    counted = np.abs(difference) > minimum
    predicted = np.sign(table[..., i[counted]] - table[..., j[counted]])
    number = int(counted.sum())
    # Agreement is +1, disagreement -1, a tie in prediction 0: mapped to 1, 0 and one half.
    right = (predicted @ np.sign(difference[counted]) + number) / 2
    accuracy = right / number if number else np.full(table.shape[:-1], np.nan)
    return PairAccuracy(accuracy=np.asarray(accuracy), pairs=number)
