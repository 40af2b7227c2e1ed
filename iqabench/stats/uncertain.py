"""Errors of prediction measured against how sure the labels are, and the choice of the best and the worst image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import Floats, Groups, finite_vectors, group
from iqabench.stats.distributions import t_reach
from iqabench.stats.judged import Ratings

TIMES = 2.0
"""Standard deviations of the ratings beyond which a prediction is an outlier (Sheikh et al., IEEE TIP 2006)."""


def outlier_ratio(predicted: ArrayLike, mos: ArrayLike, ratings: Ratings) -> tuple[float, int]:
    """Share of predictions farther from MOS than two standard deviations of the ratings, and of how many images.

    Parameters
    ----------
    predicted, mos
        ``(images,)`` in units of MOS; NaN predictions (no fit) give NaN.
    ratings
        Images without a deviation are left out.
    """
    known = np.isfinite(ratings.deviations)
    errors = np.abs(np.asarray(predicted, dtype=np.float64) - np.asarray(mos, dtype=np.float64))[known]
    if not errors.size or np.isnan(errors).any():
        return float("nan"), int(errors.size)
    return float(np.mean(errors > TIMES * ratings.deviations[known])), int(errors.size)


def uncertain_rmse(predicted: ArrayLike, mos: ArrayLike, ratings: Ratings, parameters: int) -> tuple[float, int]:
    """Root mean squared error beyond the 95 % interval of each MOS (RMSE*, ITU-T P.1401), and of how many images.

    Parameters
    ----------
    predicted, mos
        ``(images,)`` in units of MOS.
    ratings
        Images whose deviation or number of judges is unknown are left out.
    parameters
        Of the fit that predicts: the degrees of freedom that it took.
    """
    known = np.isfinite(ratings.errors)
    count = int(known.sum())
    if count <= parameters:
        return float("nan"), count
    interval = t_reach(0.95, ratings.judges[known] - 1) * ratings.errors[known]
    errors = np.abs(np.asarray(predicted, dtype=np.float64) - np.asarray(mos, dtype=np.float64))[known]
    return float(np.sqrt(np.sum(np.maximum(errors - interval, 0) ** 2) / (count - parameters))), count


@dataclass(frozen=True)
class Choice:
    """How often a method chooses the image of a content that people put first; vectors ``(contents,)``."""

    contents: tuple[str, ...]
    hits: Floats
    """1 for people's choice; where several scores tie for the first place, the share of them that people put first."""

    @property
    def share(self) -> float:
        """Mean over contents; NaN without one."""
        return float(self.hits.mean()) if self.hits.size else float("nan")


def best_choice(scores: ArrayLike, mos: ArrayLike, content: ArrayLike | Groups, worst: bool = False) -> Choice:
    """Does the image with the best score of a content have the best MOS? With ``worst`` the same of the worst.

    Contents with one image, or whose labels are all equal, do not count.

    Parameters
    ----------
    scores, mos
        ``(images,)``, higher meaning better.
    content
        ``(images,)`` names.
    """
    values, labels = finite_vectors(scores=scores, mos=mos)
    if worst:
        values, labels = -values, -labels
    groups = group(content)
    hits = np.full(len(groups.names), np.nan)
    for places, rows in groups.batches():
        here, truth = values[rows], labels[rows]
        chosen = here == here.max(axis=1, keepdims=True)
        right = chosen & (truth == truth.max(axis=1, keepdims=True))
        hits[places] = np.where(np.ptp(truth, axis=1) > 0, right.sum(axis=1) / chosen.sum(axis=1), np.nan)
    told = np.flatnonzero(np.isfinite(hits))
    return Choice(tuple(str(groups.names[place]) for place in told), hits[told])
