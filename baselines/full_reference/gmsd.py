"""GMSD (Xue et al. 2014)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@article{xue2014gmsd,
  title={Gradient magnitude similarity deviation: A highly efficient perceptual image quality index},
  author={Xue, Wufeng and Zhang, Lei and Mou, Xuanqin and Bovik, Alan C.},
  journal={IEEE Transactions on Image Processing}, volume={23}, number={2}, pages={684--695}, year={2014}
}"""


@method("gmsd", citation=f"{CITATION}\n\n{PIQ}", minimum_size=16, lower_is_better=True, differentiable=True)
class Gmsd(PiqMetric):
    """Gradient magnitude similarity deviation."""

    function = "gmsd"
