"""IL-NIQE: how far the statistics of each part of an image lie from those of pristine photographs.

Zhang, Zhang and Bovik, IEEE Transactions on Image Processing 24(8), 2015. Built from the paper.

From the paper: the image at 524x524 pixels, patches of 84x84 at two scales, 468 features of each (normalised luminance
and its products, gradients, log-Gabor responses, colour), principal components of them, a multivariate Gaussian of
pristine patches, the mean distance of the patches. From the authors' released code: the constants of filters and
windows.
Chosen here: the pristine model is fitted to other photographs than the authors' 90 (``pristine/README.md`` says which,
how, and to how many components), so that its licence is free and its scores are not theirs; features are divided by
their deviation before the principal components; symmetric distributions are fitted to what is symmetric; borders are
repeated, in log-Gabor responses and their gradients they wrap around; one grey level is added before the logarithm of
colour (the authors add 0.00001: one black pixel then moves the colours of every patch); a patch without any texture is
left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.shared.images import check_images
from iqabench import Method, method
from iqabench._util.errors import DataError
from iqabench.methods.tiling import Tiling

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{zhang2015ilniqe,
  title={A Feature-Enriched Completely Blind Image Quality Evaluator},
  author={Zhang, Lin and Zhang, Lei and Bovik, Alan C.},
  journal={IEEE Transactions on Image Processing}, volume={24}, number={8}, pages={2579--2591}, year={2015}
}"""

PRISTINE = Path(__file__).parent / "pristine" / "il_niqe.safetensors"


@method("il-niqe", paradigms="NR", lower_is_better=True, citation=CITATION, minimum_size=32)
class IlNiqe(Method):
    """Distance of each part from the statistics of pristine photographs (IL-NIQE).

    Lower is better; it learns from no judgement. Every image is resized to 524x524 pixels first.
    """

    # Every image is resized to one size: a tile would be looked at on another scale.
    tiling = Tiling(whole_pixels=None)

    def __init__(self) -> None:
        from safetensors.numpy import load_file

        from baselines.shared.principal_model import PrincipalModel
        from iqabench._util.hashing import file_digest

        self._pristine = PrincipalModel(**load_file(PRISTINE))
        self.weights_used["il-niqe-pristine"] = file_digest(PRISTINE)

    def prepare(self, reference: Tensor) -> None:
        """Ignore the reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``.

        Raises DataError below 32 pixels, and for an image without any texture.
        """
        import torch

        check_images(self.info, restored)
        scores = [self._distance(image) for image in restored]
        return torch.tensor(scores, dtype=restored.dtype, device=restored.device)

    def _distance(self, image: Tensor) -> float:
        from baselines.shared.local_statistics import at_one_size, local_features

        patches = local_features(at_one_size(image))
        if not len(patches.features):
            raise DataError("every part of this image is of one colour, which has no statistics; leave it out")
        return self._pristine.mean_distance(patches.features)
