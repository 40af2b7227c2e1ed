"""SWDN: a distance of deep features that tolerates small misalignment of textures.

Gu, Cai, Chen, Ye, Ren and Dong, arXiv:2011.15002, 2020 (Space Warping Difference Network).

From the paper: LPIPS's structure on AlexNet, l2 pooling instead of max-pooling, and in every layer the
features of R matched to the best within a small window of the reference before differencing; trained with
a ranking loss whose target is the Elo probability with M = 400. Its code was not released.
Chosen here: a window of 3×3 positions in each of the five layers, the match by squared distance of the
unit-length features, heads alone trained (all channels equal at first), one learned slope as the judge.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from baselines import trained_catalogue
from baselines.feature_trunk import FeatureTrunk
from baselines.presets import chosen
from baselines.tuned_distance import TunedDistance
from iqabench.training import Optimiser, Recipe, Stage


def warped_squares(restored: Tensor, reference: Tensor, radius: int) -> Tensor:
    """Squared differences ``(N, C, H, W)`` of features after the best match in the reference.

    At every position the reference's features are taken from the offset, at most ``radius``
    positions away on either axis and inside the image, whose squared distance is smallest.
    """
    height, width = restored.shape[-2:]
    padded = pad(reference, [radius] * 4)
    inside = pad(torch.ones_like(reference[:1, :1]), [radius] * 4)
    best = (restored - reference).square()
    least = best.sum(1, keepdim=True)
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            if down == right == radius:
                continue
            place = (..., slice(down, down + height), slice(right, right + width))
            squares = (restored - padded[place]).square()
            distance = squares.sum(1, keepdim=True).masked_fill(inside[place] == 0, torch.inf)
            closer = distance < least
            best = torch.where(closer, squares, best)
            least = torch.where(closer, distance, least)
    return best


PRESETS = {
    "paper": Recipe(
        "paper", (Stage("rank", 10, Optimiser("adam", 1e-4, weight_decay=0.0), pairs=True),), batch_size=16
    ),
    "quick": Recipe(
        "quick",
        (Stage("rank", 24, Optimiser("adam", 1e-2, weight_decay=0.0), 0.5, "cosine", pairs=True, crop=128),),
        batch_size=8,
    ),
}


class Swdn(TunedDistance):
    """SWDN on the features ``trunk`` (``alexnet`` or ``vgg16``); ``radius`` positions of tolerance. Lower is better."""

    info = trained_catalogue.SWDN.info

    def __init__(self, recipe: str = "paper", trunk: str = "alexnet", radius: int = 1, l2_pooling: bool = True) -> None:
        super().__init__(FeatureTrunk(trunk, l2_pooling))
        self.recipe = chosen(PRESETS, recipe, "swdn")
        self.radius = radius

    def squares(self, restored: Tensor, reference: Tensor) -> Tensor:
        """See :func:`warped_squares`."""
        return warped_squares(restored, reference, self.radius)
