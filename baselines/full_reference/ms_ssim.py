"""Multi-scale structural similarity (Wang et al. 2003)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.full_reference.ssim import C1, C2, blur
from baselines.shared.images import check_images
from baselines.shared.piq_metric import PIQ, PiqMetric
from iqabench import method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

CITATION = """@inproceedings{wang2003msssim,
  title={Multiscale structural similarity for image quality assessment},
  author={Wang, Zhou and Simoncelli, Eero P. and Bovik, Alan C.},
  booktitle={Asilomar Conference on Signals, Systems and Computers}, pages={1398--1402}, year={2003}
}"""

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Powers of the scales, the finest first."""
SMALLEST = 1e-300


@method("ms-ssim", citation=f"{CITATION}\n\n{PIQ}", minimum_size=11, differentiable=True)
class MsSsim(PiqMetric):
    """Multi-scale SSIM; fewer scales below 161 pixels.

    The five scales of the paper, or as many of the finest as the image has room for: a scale needs 11 pixels on the
    short side after halving. The weights of the scales kept are made to sum to 1.
    """

    function = "multi_scale_ssim"
    map_shows = "what the windows around each place, of every scale, take away from 1; its mean is 1 - score"

    def keywords(self, images: Tensor) -> dict[str, Any]:
        """Weights of the scales that fit; from 161 pixels on all five."""
        weights = self._weights(images)
        return {} if len(weights) == len(WEIGHTS) else {"scale_weights": images.new_tensor(weights)}

    @staticmethod
    def _weights(images: Tensor) -> tuple[float, ...]:
        short = min(images.shape[-2:])
        return WEIGHTS[: sum(short >= 10 * 2**level + 1 for level in range(len(WEIGHTS)))]

    def map(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """What each place takes away from 1, ``(N, H, W)``, at least 0; the mean is 1 - score.

        The score is a product over scales of means over windows, to the powers of the weights: no mean over places.
        Its loss is shared out among the scales by their logarithms (the logarithmic mean, as in index decomposition;
        Ang 2004), which sums to it exactly, and within a scale as one minus the similarity of each window. A coarse
        scale is stretched over the image, the mean of the channels taken.
        """
        import torch

        from iqabench.methods.maps import spread

        check_images(self.info, restored, prepared)
        weights = torch.tensor(self._weights(restored), dtype=torch.float64, device=restored.device)
        weights = weights / weights.sum()
        losses = [1 - similarity.double() for similarity in _similarities(restored, prepared, len(weights))]
        means = torch.stack([loss.mean((2, 3)) for loss in losses], dim=2)
        # A scale that is not similar at all makes the score 0; its logarithm must stay finite.
        logarithms = -weights * (1 - means).clamp(SMALLEST, 1).log()
        score = (-logarithms.sum(2, keepdim=True)).exp()
        whole = torch.where(score < 1, (1 - score) / -score.log().clamp(max=-SMALLEST), 1.0)
        shares = torch.where(means > 0, whole * logarithms / means.clamp_min(SMALLEST), 0.0)
        parts = [
            spread((loss * shares[:, :, level, None, None]).mean(1).clamp_min(0), *restored.shape[-2:])
            for level, loss in enumerate(losses)
        ]
        return torch.stack(parts).sum(0).to(restored.dtype)

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """1 - mean."""
        return 1 - maps.mean((1, 2))


def _similarities(restored: Tensor, reference: Tensor, levels: int) -> Iterator[Tensor]:
    """Contrast and structure of every window, ``(N, 3, h, w)``, scale by scale; at the last one also luminance."""
    from torch.nn.functional import avg_pool2d, pad

    for level in range(levels):
        if level:
            odd = max(restored.shape[2] % 2, restored.shape[3] % 2)
            restored, reference = (
                avg_pool2d(pad(images, (odd, 0, odd, 0), mode="replicate"), 2) for images in (restored, reference)
            )
        mean, other = blur(restored), blur(reference)
        product, squares = mean * other, mean * mean + other * other
        covariance = blur(restored * reference) - product
        variances = blur(restored * restored) + blur(reference * reference) - squares
        similarity = (2 * covariance + C2) / (variances + C2)
        yield similarity if level < levels - 1 else similarity * (2 * product + C1) / (squares + C1)
