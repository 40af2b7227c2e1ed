"""MDSI (Nafchi et al. 2016)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@article{nafchi2016mdsi,
  title={Mean deviation similarity index: Efficient and reliable full-reference image quality evaluator},
  author={Nafchi, Hossein Ziaei and Shahkolaei, Atena and Hedjam, Rachid and Cheriet, Mohamed},
  journal={IEEE Access}, volume={4}, pages={5579--5590}, year={2016}
}"""


@method("mdsi", citation=f"{CITATION}\n\n{PIQ}", minimum_size=16, lower_is_better=True, differentiable=True)
class Mdsi(PiqMetric):
    """Mean deviation similarity index."""

    function = "mdsi"
