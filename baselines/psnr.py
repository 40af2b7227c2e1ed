"""Peak signal-to-noise ratio."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines import catalogue
from baselines.images import check_images, luma
from iqabench.methods.contract import Method

CAP_DB = 100.0
"""Score in dB of identical images, which would otherwise be infinite. Two different 8-bit images of 288x288
pixels are at most 102 dB apart (one sample off by one level), so the cap hides nothing that can be seen."""


class Psnr(Method):
    """PSNR in dB over all samples of an image, peak 1.0 (8-bit: 255), never above 100 dB."""

    info = catalogue.PSNR.info

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)`` as it is."""
        return reference

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return dB ``(N,)``, higher is better.

        Raises DataError if the sizes differ.
        """
        check_images(self.info, restored, prepared)
        error = (restored - prepared).square().mean((1, 2, 3))
        return -10.0 * torch.log10(error.clamp_min(10 ** (-CAP_DB / 10)))


class PsnrY(Psnr):
    """PSNR of BT.601 luma, as super-resolution papers report it; borders are kept."""

    info = catalogue.PSNR_Y.info

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the luma ``(1, 1, H, W)`` of the reference."""
        return luma(reference)

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)`` as :class:`Psnr` does."""
        return super().score(luma(restored), prepared)
