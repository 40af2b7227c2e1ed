"""VSI (Zhang et al. 2014)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@article{zhang2014vsi,
  title={{VSI}: A visual saliency-induced index for perceptual image quality assessment},
  author={Zhang, Lin and Shen, Ying and Li, Hongyu},
  journal={IEEE Transactions on Image Processing}, volume={23}, number={10}, pages={4270--4281}, year={2014}
}"""


@method("vsi", citation=f"{CITATION}\n\n{PIQ}", minimum_size=16, differentiable=True)
class Vsi(PiqMetric):
    """Visual saliency-induced index."""

    function = "vsi"
