"""SR-SIM (Zhang and Li 2012)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@inproceedings{zhang2012srsim,
  title={{SR-SIM}: A fast and high performance {IQA} index based on spectral residual},
  author={Zhang, Lin and Li, Hongyu},
  booktitle={IEEE International Conference on Image Processing}, pages={1473--1476}, year={2012}
}"""


@method("sr-sim", citation=f"{CITATION}\n\n{PIQ}", minimum_size=40, differentiable=True)
class SrSim(PiqMetric):
    """Spectral residual similarity."""

    function = "srsim"
    one_by_one = True
