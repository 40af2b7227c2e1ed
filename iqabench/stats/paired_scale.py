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
from scipy import optimize, special, stats

from iqabench._util.errors import DataError
from iqabench.stats.arrays import Floats
from iqabench.stats.choices import ChoiceCounts

Z = float(stats.norm.ppf(0.975))
POLISHES = 3
"""Newton steps near the maximum: each doubles the digits, where differences of the likelihood are rounding already."""
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
    used = _usable(counts)
    first, second = used.pairs
    for_first, for_second, alike = used.wins[first, second], used.wins[second, first], used.ties[first, second]
    number = for_first + for_second + alike
    with_ties = bool(alike.sum() > 0)
    design = _design(used)

    def objective(parameters: Floats) -> tuple[float, Floats, Floats]:
        half = design @ parameters[: design.shape[1]] / 2
        log_tie = parameters[-1] if with_ties else -np.inf
        terms = np.stack([half, -half, np.full_like(half, log_tie)])
        log_sum = special.logsumexp(terms, axis=0)
        better, worse, similar = np.exp(terms - log_sum)
        loss = number @ log_sum - (for_first - for_second) @ half - (alike.sum() * log_tie if with_ties else 0.0)
        lean = (better - worse) / 2
        slope = design.T @ (number * lean - (for_first - for_second) / 2)
        curve = design.T @ ((number * ((better + worse) / 4 - lean**2))[:, None] * design)
        if not with_ties:
            return float(loss), slope, curve
        across = design.T @ (-number * lean * similar)
        own = number @ (similar * (1 - similar))
        return (
            float(loss),
            np.append(slope, number @ similar - alike.sum()),
            np.block([[curve, across[:, None]], [across[None], np.array([[own]])]]),
        )

    basis = _basis(len(used.names))
    size = basis.shape[1]
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
    used = _usable(counts)
    first, second = used.pairs
    for_first, for_second = used.half_votes[first, second], used.half_votes[second, first]
    design = _design(used)

    def objective(parameters: Floats) -> tuple[float, Floats, Floats]:
        gap = design @ parameters
        up, down = special.log_ndtr(gap), special.log_ndtr(-gap)
        density = stats.norm.logpdf(gap)
        rise, fall = np.exp(density - up), np.exp(density - down)
        slope = design.T @ (for_second * fall - for_first * rise)
        bend = for_first * rise * (gap + rise) + for_second * fall * (fall - gap)
        return float(-(for_first @ up + for_second @ down)), slope, design.T @ (bend[:, None] * design)

    basis = _basis(len(used.names))
    start = np.zeros(basis.shape[1]) if near is None else basis.T @ near.values
    found, covariance = _maximise(objective, start)
    return PairedScale(used.names, basis @ found, basis @ covariance @ basis.T, smoothed=used is not counts)


def _usable(counts: ChoiceCounts) -> ChoiceCounts:
    parts = counts.parts()
    if len(parts) != 1 or len(counts.names) < 2:
        groups = "; ".join(", ".join(part) for part in parts) or "none"
        raise DataError(f"no common scale: choices must connect all items, but these groups stand apart: {groups}")
    if counts.wins.sum() == 0:
        raise DataError("no scale: every choice is 'similar'")
    return counts if counts.bounded else counts.smoothed()


def _basis(items: int) -> Floats:
    """``(items, items - 1)``: an orthonormal basis of the scales that sum to zero."""
    return np.asarray(np.linalg.qr(np.eye(items)[:, :-1] - 1 / items)[0])


def _design(counts: ChoiceCounts) -> Floats:
    """``(pairs, items - 1)``: from coordinates in the basis to the difference of each pair."""
    first, second = counts.pairs
    basis = _basis(len(counts.names))
    return np.asarray(basis[first] - basis[second])


def _maximise(objective: Objective, start: Floats) -> tuple[Floats, Floats]:
    """The parameters of the greatest likelihood, and their covariance."""
    found = optimize.minimize(
        lambda at: objective(at)[:2],
        start,
        jac=True,
        hess=lambda at: objective(at)[2],
        method="trust-exact",
        options={"gtol": 1e-4, "maxiter": 1000},
    ).x
    for _ in range(POLISHES):
        _, slope, curve = objective(found)
        found = found - np.linalg.solve(curve, slope)
    return np.asarray(found), np.asarray(np.linalg.inv(objective(found)[2]))
