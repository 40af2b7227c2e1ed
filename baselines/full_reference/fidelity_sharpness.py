"""A floor: fidelity to the low-resolution input times sharpness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.full_reference.ssim import CITATION
from baselines.full_reference.ssim_lr import GridMoments, SsimLr
from baselines.shared.images import total_variation
from iqabench import method

if TYPE_CHECKING:
    from torch import Tensor


@method("lr-fidelity+sharpness", paradigms="DR", citation=CITATION, minimum_size=11, differentiable=True)
class FidelitySharpness(SsimLr):
    """Floor: SSIM at the size of the low-resolution input times total variation.

    ``score(R, D) = SSIM(R shrunk to the grid of D, D) * TV(R)``: ``ssim-lr`` times ``sharpness``, without
    a weight or an exponent to tune. Higher is better. A method that is shown the degraded image should beat this.
    """

    def score(self, restored: Tensor, prepared: GridMoments) -> Tensor:  # type: ignore[override]
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. Raises DataError if the sizes differ."""
        return super().score(restored, prepared) * total_variation(restored)
