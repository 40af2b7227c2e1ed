"""IW-SSIM (Wang and Li 2011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{wang2011iwssim,
  title={Information content weighting for perceptual image quality assessment},
  author={Wang, Zhou and Li, Qiang},
  journal={IEEE Transactions on Image Processing}, volume={20}, number={5}, pages={1185--1198}, year={2011}
}"""


@method("iw-ssim", citation=f"{CITATION}\n\n{PIQ}", minimum_size=161, version="2", differentiable=True)
class IwSsim(PiqMetric):
    """Information-weighted multi-scale SSIM.

    The formula inverts the covariance of the reference, which a flat one lacks: such a pair is scored under one fixed
    noise of at most half a grey level, the same on both images.
    """

    function = "information_weighted_ssim"
    one_by_one = True

    def score_batch(self, restored: Tensor, reference: Tensor) -> Tensor:
        """As piq scores; flat pairs under noise."""
        import torch

        try:
            scores = super().score_batch(restored, reference)
        except torch.linalg.LinAlgError:
            scores = restored.new_full((1,), torch.nan)
        if bool(scores.isfinite()):
            return scores
        return super().score_batch(dithered(restored), dithered(reference)).to(restored)


def dithered(images: Tensor) -> Tensor:
    """``images`` ``(1, 3, H, W)`` in [0, 1] under noise of at most half a grey level, always the same, as float64.

    In float32 the variance of a flat area would be lost beside its mean.
    """
    import torch

    noise = torch.rand(images.shape[1:], generator=torch.Generator().manual_seed(0)).to(images.device)
    return images.double() * (1 - 1 / 255) + noise / 255
