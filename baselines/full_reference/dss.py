"""DSS (Balanov et al. 2015)."""

from __future__ import annotations

from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

CITATION = """@inproceedings{balanov2015dss,
  title={Image quality assessment based on {DCT} subband similarity},
  author={Balanov, Amnon and Schwartz, Arik and Moshe, Yair and Peleg, Nimrod},
  booktitle={IEEE International Conference on Image Processing}, pages={2105--2109}, year={2015}
}"""


@method("dss", citation=f"{CITATION}\n\n{PIQ}", minimum_size=32, differentiable=True)
class Dss(PiqMetric):
    """DCT subband similarity."""

    function = "dss"
