"""Feature similarity with colour, FSIMc (Zhang et al. 2011)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@article{zhang2011fsim,
  title={{FSIM}: A feature similarity index for image quality assessment},
  author={Zhang, Lin and Zhang, Lei and Mou, Xuanqin and Zhang, David},
  journal={IEEE Transactions on Image Processing}, volume={20}, number={8}, pages={2378--2386}, year={2011}
}"""


# Promises no gradient: the threshold of noise rests on a median, so that much of the gradient is that of a few pixels
# and holds for steps below a thousandth of a grey level only. ``iqabench.loss`` takes it all the same.
@method("fsim", citation=f"{CITATION}\n\n{PIQ}", minimum_size=16)
class Fsim(PiqMetric):
    """Feature similarity: phase congruency and gradients, with colour."""

    function = "fsim"
