"""A floor: how sharp the restored image is, with no idea of quality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.shared.images import check_images, total_variation
from iqabench import Method, method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{rudin1992tv,
  title={Nonlinear total variation based noise removal algorithms},
  author={Rudin, Leonid I. and Osher, Stanley and Fatemi, Emad},
  journal={Physica D: Nonlinear Phenomena}, volume={60}, number={1--4}, pages={259--268}, year={1992}
}"""


@method("sharpness", paradigms="NR", citation=CITATION, minimum_size=2, differentiable=True)
class Sharpness(Method):
    """Floor: total variation of the restored image per pixel.

    Mean absolute step to the right plus mean absolute step down, over RGB.
    Restoration leaves blur, and people choose the sharper image more often than not: what a learned metric
    adds is what it has above this.
    """

    def prepare(self, reference: Tensor) -> None:
        """Ignore the reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``, higher is sharper."""
        check_images(self.info, restored)
        return total_variation(restored)
