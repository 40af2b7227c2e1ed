"""HaarPSI (Reisenhofer et al. 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{reisenhofer2018haarpsi,
  title={A {Haar} wavelet-based perceptual similarity index for image quality assessment},
  author={Reisenhofer, Rafael and Bosse, Sebastian and Kutyniok, Gitta and Wiegand, Thomas},
  journal={Signal Processing: Image Communication}, volume={61}, pages={33--43}, year={2018}
}"""

BLACK = 1e-4
"""A pair without a brighter value is black: an 8-bit image has nothing between 0 and 1/255."""


@method("haarpsi", citation=f"{CITATION}\n\n{PIQ}", minimum_size=16, version="2", differentiable=True)
class HaarPsi(PiqMetric):
    """Haar wavelet-based perceptual similarity.

    The formula divides by the energy of both images, which two black ones lack: such a pair is lifted to grey.
    """

    function = "haarpsi"

    def score_batch(self, restored: Tensor, reference: Tensor) -> Tensor:
        """As piq scores; black pairs lifted."""
        import torch

        black = torch.maximum(restored, reference).amax((1, 2, 3), keepdim=True) < BLACK
        if bool(black.any()):
            restored, reference = (torch.where(black, images + 0.5, images) for images in (restored, reference))
        return super().score_batch(restored, reference)
