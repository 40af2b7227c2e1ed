"""SWDN as a network that is trained; :mod:`baselines.full_reference.swdn` says what is known of it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from baselines.full_reference.swdn import RECIPES, SWDN
from baselines.shared.feature_trunk import FeatureTrunk
from baselines.shared.recipes import find_recipe
from baselines.shared.tuned_distance import TunedDistance


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


class Swdn(TunedDistance):
    """SWDN on the features ``trunk`` (``alexnet`` or ``vgg16``); ``radius`` positions of tolerance. Lower is better."""

    info = SWDN.info

    def __init__(self, recipe: str = "paper", trunk: str = "alexnet", radius: int = 1, l2_pooling: bool = True) -> None:
        super().__init__(FeatureTrunk(trunk, l2_pooling))
        self.recipe = find_recipe(RECIPES, recipe, "swdn")
        self.radius = radius

    def squares(self, restored: Tensor, reference: Tensor) -> Tensor:
        """See :func:`warped_squares`."""
        return warped_squares(restored, reference, self.radius)
