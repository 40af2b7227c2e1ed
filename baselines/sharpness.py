"""A floor: how sharp the restored image is, with no idea of quality."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from baselines import catalogue
from baselines.images import check_images
from iqabench.methods.contract import Method


class Sharpness(Method):
    """Total variation of R per pixel: mean absolute step to the right plus mean absolute step down, over RGB.

    Restoration leaves blur, and people choose the sharper image more often than not: what a learned metric
    adds is what it has above this.
    """

    info = catalogue.SHARPNESS.info

    def prepare(self, reference: Tensor) -> None:
        """Ignore the reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``, higher is sharper."""
        check_images(self.info, restored)
        across = restored.diff(dim=-1).abs().mean((1, 2, 3))
        down = restored.diff(dim=-2).abs().mean((1, 2, 3))
        return across + down
