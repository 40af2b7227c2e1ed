"""Generalised divisive normalisation (Ballé, Laparra and Simoncelli, ICLR 2016), the activation of MEON."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BETA_MINIMUM = 1e-6


class GDN(nn.Module):
    """``y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j²)`` over the channels ``i`` of ``(N, C)`` or ``(N, C, H, W)``.

    ``beta`` stays positive and ``gamma`` non-negative because the raw parameters pass through an
    absolute value. Starts at ``beta = 1`` and ``gamma`` near 0.1 times the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.raw_beta = nn.Parameter(torch.empty(channels))
        self.raw_gamma = nn.Parameter(torch.empty(channels, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Go back to the starting values."""
        nn.init.ones_(self.raw_beta)
        with torch.no_grad():
            # Not exactly 0 beside the diagonal: the absolute value has no slope there.
            self.raw_gamma.fill_(1e-4).fill_diagonal_(0.1)

    @property
    def beta(self) -> Tensor:
        """``(C,)``, at least 1e-6."""
        return self.raw_beta.abs() + BETA_MINIMUM

    @property
    def gamma(self) -> Tensor:
        """``(C, C)``, not negative."""
        return self.raw_gamma.abs()

    def forward(self, features: Tensor) -> Tensor:
        """Normalise ``features``; the shape stays."""
        squares = features.square()
        if features.dim() == 2:
            energy = nn.functional.linear(squares, self.gamma, self.beta)
        else:
            energy = nn.functional.conv2d(squares, self.gamma[:, :, None, None], self.beta)
        return features * energy.rsqrt()
