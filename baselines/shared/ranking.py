"""Learning from pairs: which of two restored images of one content is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from iqabench._util.errors import DataError
from iqabench.training import Batch

ELO_SCALE = 0.4
"""M = 400 Elo points (Gu et al. 2020) on the scale of quality, where 1000 points are 1."""


@dataclass(frozen=True)
class RankingPairs:
    """Rows and their partners, each with its own degraded image, as when scoring; all ``(N, 3, H, W)``."""

    restored: Tensor
    degraded: Tensor
    partner: Tensor
    partner_degraded: Tensor
    preferred: Tensor
    """``(N,)``: probability that the row is preferred to its partner."""


def pairs_of(batch: Batch, method: str) -> RankingPairs:
    """The pairs of a batch. Raises DataError, naming ``method``, if it holds none or no degraded images."""
    partner, shown, quality = batch.partner, batch.partner_degraded, batch.partner_quality
    if batch.degraded is None or partner is None or shown is None or quality is None:
        raise DataError(f"{method} trains on pairs with a degraded reference; the training set has none")
    return RankingPairs(batch.restored, batch.degraded, partner, shown, elo_probability(batch.quality, quality))


def elo_probability(quality_a: Tensor, quality_b: Tensor, scale: float = ELO_SCALE) -> Tensor:
    """Probability that a is preferred to b, ``1 / (1 + 10^((q_b - q_a) / scale))``; all ``(N,)``."""
    return torch.sigmoid((quality_a - quality_b) * (math.log(10) / scale))


def squared_preference_loss(error_a: Tensor, error_b: Tensor, probability: Tensor) -> Tensor:
    """PieAPP's loss: mean squared error of the preference ``1 / (1 + exp(e_a - e_b))`` (Prashnani et al., Eqs. 1-2).

    ``error_a`` and ``error_b`` ``(N,)`` are perceptual errors (lower is better); ``probability``
    ``(N,)`` is the share of people who prefer a.
    """
    return (torch.sigmoid(error_b - error_a) - probability).square().mean()


class DistanceRanking(nn.Module):
    """Cross-entropy between the preference that two distances imply and the observed one.

    LPIPS judges a pair of distances with a small network that is thrown away after training. Here
    that judge is one learned slope, ``sigmoid(slope · (d_b - d_a))``: it cannot learn to prefer the
    larger distance, and is the same under exchange of a and b.
    """

    def __init__(self, slope: float = 10.0) -> None:
        super().__init__()
        self.start = math.log(slope)
        self.log_slope = nn.Parameter(torch.empty(1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Go back to the starting slope."""
        nn.init.constant_(self.log_slope, self.start)

    def forward(self, distance_a: Tensor, distance_b: Tensor, probability: Tensor) -> Tensor:
        """Mean loss; all arguments ``(N,)``, ``probability`` that a is preferred."""
        logit = self.log_slope.exp() * (distance_b - distance_a)
        return binary_cross_entropy_with_logits(logit, probability)
