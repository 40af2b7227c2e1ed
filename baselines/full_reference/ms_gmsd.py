"""MS-GMSD (Zhang et al. 2017)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@inproceedings{zhang2017msgmsd,
  title={Gradient magnitude similarity deviation on multiple scales for color image quality assessment},
  author={Zhang, Bo and Sander, Pedro V. and Bermak, Amine},
  booktitle={IEEE International Conference on Acoustics, Speech and Signal Processing}, pages={1253--1257}, year={2017}
}"""


@method("ms-gmsd", citation=f"{CITATION}\n\n{PIQ}", minimum_size=17, lower_is_better=True, differentiable=True)
class MsGmsd(PiqMetric):
    """GMSD on four scales."""

    function = "multi_scale_gmsd"
