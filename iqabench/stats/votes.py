"""Agreement with forced choices (2AFC): the share of people's votes that a metric would have cast.

Each vote counts equally; a tie of scores earns one half of the pair's votes (Zhang et al. 2018, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats, Groups, group


@dataclass(frozen=True)
class VoteAgreement:
    """Votes that agree and votes cast, by content: shapes ``(contents,)`` or ``(methods, contents)``."""

    contents: list[str]
    """Names of the contents, sorted."""
    agreeing: Floats
    cast: Floats
    """``(contents,)``: all votes on the pairs of a content."""
    ties: Floats
    """Pairs whose scores tie: ``()`` or ``(methods,)``."""

    @property
    def share(self) -> Floats:
        """Votes that agree / votes cast, in [0, 1]: ``()`` or ``(methods,)``; NaN without a vote."""
        total = self.cast.sum()
        agreeing = self.agreeing.sum(axis=-1)
        return np.asarray(agreeing / total if total > 0 else np.full(agreeing.shape, np.nan))


def vote_agreement(
    scores_a: ArrayLike, scores_b: ArrayLike, votes_a: ArrayLike, votes_b: ArrayLike, content: ArrayLike | Groups
) -> VoteAgreement:
    """Count the votes on the side that the scores prefer.

    Parameters
    ----------
    scores_a, scores_b:
        ``(pairs,)`` or ``(methods, pairs)``, finite, higher meaning better.
    votes_a, votes_b:
        ``(pairs,)`` how many people chose a, how many chose b.
    content:
        ``(pairs,)`` names.
    """
    first, second = np.asarray(scores_a, dtype=np.float64), np.asarray(scores_b, dtype=np.float64)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise DataError("scores: some are not finite; leave such pairs out, and count them, first")
    for_a, for_b = _votes(votes_a, votes_b)
    preferred = np.sign(first - second)
    agreeing = (for_a + for_b + preferred * (for_a - for_b)) / 2
    groups = group(content)

    def by_content(counts: Floats) -> Floats:
        return np.asarray(np.bincount(groups.codes, weights=counts, minlength=len(groups.names)), dtype=np.float64)

    return VoteAgreement(
        contents=[str(name) for name in groups.names],
        agreeing=np.apply_along_axis(by_content, -1, agreeing),
        cast=by_content(for_a + for_b),
        ties=np.asarray(np.sum(preferred == 0, axis=-1)),
    )


def vote_ceiling(votes_a: ArrayLike, votes_b: ArrayLike) -> float:
    """Share of votes on the majority's side: the most that any score can agree with. NaN without a vote."""
    for_a, for_b = _votes(votes_a, votes_b)
    total = float((for_a + for_b).sum())
    return float(np.maximum(for_a, for_b).sum() / total) if total > 0 else float("nan")


def _votes(votes_a: ArrayLike, votes_b: ArrayLike) -> tuple[Floats, Floats]:
    for_a, for_b = np.asarray(votes_a, dtype=np.float64), np.asarray(votes_b, dtype=np.float64)
    if for_a.shape != for_b.shape or not (np.all(for_a >= 0) and np.all(for_b >= 0)):
        raise DataError("votes are two vectors of one length, of counts that are not negative")
    return for_a, for_b
