"""Multi-scale structural similarity (Wang et al. 2003)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@inproceedings{wang2003msssim,
  title={Multiscale structural similarity for image quality assessment},
  author={Wang, Zhou and Simoncelli, Eero P. and Bovik, Alan C.},
  booktitle={Asilomar Conference on Signals, Systems and Computers}, pages={1398--1402}, year={2003}
}"""


@method("ms-ssim", citation=f"{CITATION}\n\n{PIQ}", minimum_size=11, differentiable=True)
class MsSsim(PiqMetric):
    """Multi-scale SSIM; fewer scales below 161 pixels.

    The five scales of the paper, or as many of the finest as the image has room for: a scale needs 11 pixels on the
    short side after halving. The weights of the scales kept are made to sum to 1.
    """

    function = "multi_scale_ssim"

    def keywords(self, images: Tensor) -> dict[str, Any]:
        """Weights of the scales that fit; from 161 pixels on all five."""
        short = min(images.shape[-2:])
        weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
        fitting = sum(short >= 10 * 2**level + 1 for level in range(len(weights)))
        return {} if fitting == len(weights) else {"scale_weights": images.new_tensor(weights[:fitting])}
