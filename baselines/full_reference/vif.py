"""VIFp (Sheikh and Bovik 2006)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@article{sheikh2006vif,
  title={Image information and visual quality},
  author={Sheikh, Hamid R. and Bovik, Alan C.},
  journal={IEEE Transactions on Image Processing}, volume={15}, number={2}, pages={430--444}, year={2006}
}"""


@method("vif", citation=f"{CITATION}\n\n{PIQ}", minimum_size=41, differentiable=True)
class Vif(PiqMetric):
    """Visual information fidelity, pixel domain."""

    function = "vif_p"
