"""What judges said of pairs of images: which differ, and which one is better, where judges disagree.

The analysis of Krasula, Fliegel, Le Callet and Klíma, "On the accuracy of objective image and video quality models: new
methodology for performance evaluation" (QoMEX 2016), begins with these pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from iqabench._util.errors import DataError
from iqabench.results.model import ResultSet
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats, Groups, Indices, finite_vectors
from iqabench.stats.distributions import normal_quantile
from iqabench.stats.pairs import pairs_within

LEVEL = 0.05
"""Judges find two images different if chance does less often than this what they did."""


@dataclass(frozen=True)
class Ratings:
    """Vectors ``(images,)``; NaN where unknown."""

    deviations: Floats
    """Standard deviation of the ratings of an image, in units of MOS."""
    judges: Floats
    """How many people rated it."""

    def of(self, rows: NDArray[np.bool_]) -> Ratings:
        """Those of some images, ``(images,)`` of booleans."""
        return Ratings(self.deviations[rows], self.judges[rows])

    @property
    def errors(self) -> Floats:
        """Standard error of each MOS; NaN where unknown or with fewer than two judges."""
        judges = np.where(self.judges >= 2, self.judges, np.nan)
        return np.asarray(self.deviations / np.sqrt(judges))


def ratings_of(results: ResultSet) -> Ratings | None:
    """How far the judges of each image disagree, in the order of the labels; None where that is not known."""
    if results.ratings is None:
        return None
    frame = results.ratings.set_index("image_id").reindex(results.labels["image_id"].astype(str))
    return Ratings(frame["deviation"].to_numpy(dtype=np.float64), frame["judges"].to_numpy(dtype=np.float64))


@dataclass(frozen=True)
class JudgedPairs:
    """Pairs of images of one content, as their judges see them; vectors ``(pairs,)``."""

    a: Indices
    b: Indices
    """Rows of the two images."""
    verdicts: NDArray[np.int_]
    """+1 if a is better, -1 if b is, 0 if the judges do not tell them apart."""

    @property
    def different(self) -> NDArray[np.bool_]:
        """Pairs that the judges tell apart."""
        return np.asarray(self.verdicts != 0)


def rated_pairs(mos: ArrayLike, ratings: Ratings, content: ArrayLike | Groups) -> JudgedPairs:
    """All pairs within a content whose standard errors are known; different by a two-sided z-test at 5 %.

    Parameters
    ----------
    mos
        ``(images,)``, higher meaning better.
    ratings
        Of the same images.
    content
        ``(images,)`` names.
    """
    labels = finite_vectors(mos=mos)[0]
    if ratings.deviations.shape != labels.shape or ratings.judges.shape != labels.shape:
        raise DataError(f"{labels.size} MOS, {ratings.deviations.size} deviations, {ratings.judges.size} judges")
    errors = ratings.errors
    a, b = pairs_within(content)
    known = np.isfinite(errors[a]) & np.isfinite(errors[b])
    a, b = a[known], b[known]
    gap, error = labels[a] - labels[b], np.hypot(errors[a], errors[b])
    # Judges who all agree (error 0) tell any two labels apart that differ at all.
    apart = np.abs(gap) > normal_quantile(1 - LEVEL / 2) * error
    return JudgedPairs(a, b, np.where(apart, np.sign(gap), 0).astype(int))


def voted_pairs(votes: VotePairs) -> JudgedPairs:
    """The pairs that people voted on; different by a two-sided binomial test at 5 %."""
    chosen, cast = votes.votes_a, votes.votes_a + votes.votes_b
    fewer = np.floor(np.minimum(chosen, cast - chosen))
    # The binomial distribution as the beta function that it is; shares of votes are no numbers of people.
    counted = (cast > 0) & (cast % 1 == 0)
    chance = np.where(counted, 2 * special.betainc(np.where(counted, cast - fewer, 1.0), fewer + 1, 0.5), 1.0)
    apart = (chance < LEVEL) & (2 * chosen != cast)
    return JudgedPairs(votes.a, votes.b, np.where(apart, np.sign(2 * chosen - cast), 0).astype(int))
