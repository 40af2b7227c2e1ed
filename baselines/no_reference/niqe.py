"""NIQE: how far the statistics of an image lie from those of pristine photographs.

Mittal, Soundararajan and Bovik, IEEE Signal Processing Letters 20(3), 2013.

From the paper: patches of 96x96 pixels at two scales, 18 features of their normalised luminance each, a multivariate
Gaussian of them, and its distance from that of pristine photographs. From the authors' released code: 7x7 windows,
products that wrap around within a patch, the scale of the symmetric fit as its second feature.
Chosen here: the pristine model is fitted to other photographs than the authors' 125 (``pristine/README.md`` says
which and how), so that its licence is free and its scores are not theirs; a patch without any texture is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.shared.images import check_images, grey_levels
from iqabench import Method, method
from iqabench._util.errors import DataError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CITATION = """@article{mittal2013niqe,
  title={Making a {``Completely Blind''} Image Quality Analyzer},
  author={Mittal, Anish and Soundararajan, Rajiv and Bovik, Alan C.},
  journal={IEEE Signal Processing Letters}, volume={20}, number={3}, pages={209--212}, year={2013}
}"""

PRISTINE = Path(__file__).parent / "pristine" / "niqe.safetensors"


@method("niqe", paradigms="NR", lower_is_better=True, citation=CITATION, minimum_size=96)
class Niqe(Method):
    """Distance from the statistics of pristine photographs (NIQE), those of Kodak.

    Lower is better; it learns from no judgement. An image of fewer than a few hundred pixels a side has few patches,
    and an unsteady score.
    """

    def __init__(self) -> None:
        from safetensors.numpy import load_file

        from baselines.shared.gaussian_model import GaussianModel
        from iqabench._util.hashing import file_digest

        self._pristine = GaussianModel(**load_file(PRISTINE))
        self.weights_used["niqe-pristine"] = file_digest(PRISTINE)

    def prepare(self, reference: Tensor) -> None:
        """Ignore the reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``.

        Raises DataError below 96 pixels, and for an image without any texture.
        """
        import torch

        check_images(self.info, restored)
        scores = [self._distance(levels) for levels in grey_levels(restored)]
        return torch.tensor(scores, dtype=restored.dtype, device=restored.device)

    def _distance(self, levels: torch.Tensor) -> float:
        from baselines.shared.gaussian_model import fit_gaussian, patch_features

        patches = patch_features(levels[0].numpy())
        if not len(patches.features):
            raise DataError("every part of this image is of one colour, which has no statistics; leave it out")
        return self._pristine.distance(fit_gaussian(patches.features))
