"""Pair accuracy: of two restored images of one content, does the metric prefer the one that people prefer?

Pairs are formed within content and category ("two IR algorithms under the same task and setting",
Table 13 of the CKDN paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats, Groups, Indices, finite_vectors, group, group_rows


@dataclass(frozen=True)
class PairAccuracy:
    """Share of pairs ordered as MOS orders them; shape ``()``, or ``(methods,)`` if several were given."""

    accuracy: Floats
    """In [0, 1]; a tie in prediction earns one half. NaN without a pair."""
    pairs: int
    """Pairs counted."""


def pairs_within(*keys: ArrayLike | Groups) -> tuple[Indices, Indices]:
    """All unordered pairs of rows that agree in every key, as two index vectors."""
    first, second = [], []
    for rows in group_rows(*keys).values():
        i, j = np.triu_indices(rows.size, k=1)
        first.append(rows[i])
        second.append(rows[j])
    empty = np.empty(0, dtype=np.intp)
    return np.concatenate([empty, *first]), np.concatenate([empty, *second])


def pair_accuracy(
    scores: ArrayLike,
    mos: ArrayLike,
    content: ArrayLike | Groups,
    category: ArrayLike | Groups,
    minimum_difference: float = 0.0,
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
    return pairs_in_order(scores, mos, group(content, category), minimum_difference)


def algorithm_pair_accuracy(
    scores: ArrayLike,
    mos: ArrayLike,
    algorithm: ArrayLike | Groups,
    category: ArrayLike | Groups,
    minimum_difference: float = 0.0,
) -> PairAccuracy:
    """Accuracy over pairs of algorithms of one category, by their means over contents.

    Parameters are those of :func:`pair_accuracy`, with ``algorithm`` for ``content``.
    """
    table, truth = _score_table(scores), finite_vectors(mos=mos)[0]
    groups = group(algorithm, category)
    mean_scores, mean_mos = np.empty((*table.shape[:-1], len(groups.names))), np.empty(len(groups.names))
    for places, rows in groups.batches():
        mean_scores[..., places], mean_mos[places] = table[..., rows].mean(axis=-1), truth[rows].mean(axis=-1)
    return pairs_in_order(mean_scores, mean_mos, group([key[1] for key in groups.names]), minimum_difference)


def _score_table(scores: ArrayLike) -> Floats:
    table = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(table).all():
        raise DataError("scores: some are not finite; leave such rows out, and count them, first")
    return table


def pairs_in_order(scores: ArrayLike, mos: ArrayLike, groups: Groups, minimum: float = 0.0) -> PairAccuracy:
    """Accuracy over all pairs within ``groups`` whose MOS differ by more than ``minimum``: :func:`pair_accuracy`."""
    table, truth = _score_table(scores), finite_vectors(mos=mos)[0]
    if minimum < 0 or table.shape[-1] != truth.size:
        raise DataError(f"{table.shape[-1]} scores, {truth.size} MOS, minimum difference {minimum}")
    number, balance = 0, np.zeros(table.shape[:-1], dtype=np.int64)
    for first, second in groups.squares():
        # Of the two orders of a pair, the one in which MOS says that the first image is better.
        better = truth[first] - truth[second] > minimum
        number += int(np.count_nonzero(better))
        for place in np.ndindex(balance.shape):
            one, other = table[place][first], table[place][second]
            balance[place] += np.count_nonzero((one > other) & better) - np.count_nonzero((one < other) & better)
    # Agreement is +1, disagreement -1, a tie in prediction 0: mapped to 1, 0 and one half.
    right = (balance + number) / 2
    accuracy = right / number if number else np.full(table.shape[:-1], np.nan)
    return PairAccuracy(accuracy=np.asarray(accuracy), pairs=number)
