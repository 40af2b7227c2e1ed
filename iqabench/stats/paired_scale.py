"""Scales from paired comparisons by maximum likelihood: Bradley–Terry with Davidson's ties, and Thurstone's case V.

With ``d`` the difference of two items on the scale:

==================  =================================================================================================
Bradley–Terry       P(better) : P(worse) : P(similar) = exp(d/2) : exp(-d/2) : tie, one ``tie`` for all pairs
                    (Davidson, "On extending the Bradley–Terry model to accommodate ties in paired comparison
                    experiments", JASA 1970); without a *similar* the model of Bradley and Terry (Biometrika 1952).
                    The unit is the logit: among choices that are not *similar*, d = 1 is 73 % for the better one.
Thurstone, case V   P(better) = Phi(d) (Thurstone, Psychological Review 1927); a *similar* is half a vote for each.
                    The unit is the standard deviation of the perceived difference: d = 1 is 84 %.
==================  =================================================================================================

Scales sum to zero. Intervals are Wald's, from the observed Fisher information; they take choices for independent;
:mod:`iqabench.stats.over_judges` gives intervals that do not.
Both likelihoods are log-concave, so there is one maximum; where it lies at infinity (an item that won always), half a
win is added on either side of every pair, which the scale says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats
from iqabench.stats.choices import ChoiceCounts
from iqabench.stats.distributions import normal_quantile

Z = normal_quantile(0.975)
POLISHES = 3
"""Newton steps near the maximum: each doubles the digits, where differences of the likelihood are rounding already."""
NEAR, STEPS = 1e-4, 100
"""Slope at which the search ends, and the most steps that it takes."""
SHARES = 0.5 ** np.arange(20)
"""Of a step of Newton's, which are tried in turn until the likelihood rises."""
LOG_DENSITY_AT_0 = float(np.log(2 * np.pi) / 2)
Objective = Callable[[Floats], tuple[float, Floats, Floats]]
"""From parameters to the negative log-likelihood, its gradient and its Hessian."""


@dataclass(frozen=True)
class PairedScale:
    """Items on a scale; vectors ``(items,)``, higher is better, their sum is 0."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    """``(items, items)``."""
    tie: float = 0.0
    """Davidson's parameter: how often *similar* is said of equal items, relative to *the first is better*."""
    smoothed: bool = False
    """True if half a win was added on either side of every pair, without which the scale has no end."""

    @property
    def errors(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def low(self) -> Floats:
        """Lower ends of the 95 % intervals."""
        return np.asarray(self.values - Z * self.errors)

    @property
    def high(self) -> Floats:
        """Upper ends of the 95 % intervals."""
        return np.asarray(self.values + Z * self.errors)

    def probabilities(self, difference: float) -> tuple[float, float, float]:
        """Bradley–Terry's P(better), P(worse) and P(similar) of two items that differ so."""
        weights = np.array([np.exp(difference / 2), np.exp(-difference / 2), self.tie])
        better, worse, similar = (weights / weights.sum()).tolist()
        return better, worse, similar


def bradley_terry(counts: ChoiceCounts, near: PairedScale | None = None) -> PairedScale:
    """Fit the model of Bradley, Terry and Davidson; the search begins at ``near``, which makes it faster.

    Raises
    ------
    DataError
        If choices do not connect all items, or all of them are *similar*.
    """
    used = _usable(counts, counts.wins)
    first, second = used.pairs
    for_first, for_second, alike = used.wins[first, second], used.wins[second, first], used.ties[first, second]
    number = for_first + for_second + alike
    with_ties = bool(alike.sum() > 0)
    basis = _basis(len(used.names))
    design, size = basis[first] - basis[second], basis.shape[1]

    def objective(parameters: Floats) -> tuple[float, Floats, Floats]:
        half = design @ parameters[:size] / 2
        log_tie = parameters[-1] if with_ties else -np.inf
        terms = np.stack([half, -half, np.full_like(half, log_tie)])
        log_sum = np.logaddexp(np.logaddexp(half, -half), log_tie)
        better, worse, similar = np.exp(terms - log_sum)
        loss = number @ log_sum - (for_first - for_second) @ half - (alike.sum() * log_tie if with_ties else 0.0)
        lean = (better - worse) / 2
        slope = design.T @ (number * lean - (for_first - for_second) / 2)
        curve = design.T @ ((number * ((better + worse) / 4 - lean**2))[:, None] * design)
        if not with_ties:
            return float(loss), slope, curve
        across = design.T @ (-number * lean * similar)
        whole = np.empty((size + 1, size + 1))
        whole[:size, :size], whole[:size, size], whole[size, :size] = curve, across, across
        whole[size, size] = number @ (similar * (1 - similar))
        return float(loss), np.append(slope, number @ similar - alike.sum()), whole

    start = np.zeros(size + with_ties)
    if near is not None:
        start[:size] = basis.T @ near.values
        start[size:] = np.log(near.tie or 1.0)
    found, covariance = _maximise(objective, start)
    return PairedScale(
        used.names,
        basis @ found[:size],
        basis @ covariance[:size, :size] @ basis.T,
        float(np.exp(found[-1])) if with_ties else 0.0,
        used is not counts,
    )


def thurstone(counts: ChoiceCounts, near: PairedScale | None = None) -> PairedScale:
    """Fit Thurstone's case V; the search begins at ``near``, which makes it faster.

    Raises
    ------
    DataError
        If choices do not connect all items, or all of them are *similar*.
    """
    used = _usable(counts, counts.half_votes)
    first, second = used.pairs
    for_first, for_second = used.half_votes[first, second], used.half_votes[second, first]
    basis = _basis(len(used.names))
    design = basis[first] - basis[second]

    def objective(parameters: Floats) -> tuple[float, Floats, Floats]:
        gap = design @ parameters
        up, down = special.log_ndtr(gap), special.log_ndtr(-gap)
        density = -(gap**2) / 2 - LOG_DENSITY_AT_0
        rise, fall = np.exp(density - up), np.exp(density - down)
        slope = design.T @ (for_second * fall - for_first * rise)
        bend = for_first * rise * (gap + rise) + for_second * fall * (fall - gap)
        return float(-(for_first @ up + for_second @ down)), slope, design.T @ (bend[:, None] * design)

    start = np.zeros(basis.shape[1]) if near is None else basis.T @ near.values
    found, covariance = _maximise(objective, start)
    return PairedScale(used.names, basis @ found, basis @ covariance @ basis.T, smoothed=used is not counts)


def _usable(counts: ChoiceCounts, votes: Floats) -> ChoiceCounts:
    if len(counts.names) < 2 or not counts.connected:
        groups = "; ".join(", ".join(part) for part in counts.parts()) or "none"
        raise DataError(f"no common scale: choices must connect all items, but these groups stand apart: {groups}")
    if counts.wins.sum() == 0:
        raise DataError("no scale: every choice is 'similar'")
    return counts if counts.bounded(votes) else counts.smoothed()


def _basis(items: int) -> Floats:
    """``(items, items - 1)``: an orthonormal basis of the scales that sum to zero."""
    return np.asarray(np.linalg.qr(np.eye(items)[:, :-1] - 1 / items)[0])


def _maximise(objective: Objective, start: Floats) -> tuple[Floats, Floats]:
    """The parameters of the greatest likelihood, by Newton's steps, and their covariance.

    From a start that is so far away that the likelihood is flat there, the search begins at 0 again.

    Raises DataError if it is flat wherever the search comes.
    """
    try:
        return _climb(objective, start)
    except np.linalg.LinAlgError:
        if start.any():
            return _maximise(objective, np.zeros_like(start))
        raise DataError("no scale: so few choices for so many items leave places of items open; ask for more") from None


def _climb(objective: Objective, start: Floats) -> tuple[Floats, Floats]:
    found, (loss, slope, curve) = start, objective(start)
    for _ in range(STEPS):
        if np.abs(slope).max() < NEAR:
            break
        step = np.linalg.solve(curve, slope)
        # Far from the maximum a whole step may lead past it.
        tried = ((share, objective(found - share * step)) for share in SHARES)
        better = next(((share, there) for share, there in tried if there[0] < loss - 1e-4 * share * slope @ step), None)
        if better is None:  # as near as the digits of the likelihood tell
            break
        found, (loss, slope, curve) = found - better[0] * step, better[1]
    for _ in range(POLISHES):
        _, slope, curve = objective(found)
        found = found - np.linalg.solve(curve, slope)
    return found, np.asarray(np.linalg.inv(objective(found)[2]))
