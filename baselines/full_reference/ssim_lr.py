"""A floor: SSIM on the grid of the low-resolution input."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from baselines.full_reference.ssim import CITATION, WINDOW, Moments, Ssim
from baselines.shared.images import check_images
from baselines.shared.lr_grid import OnGrid, on_own_grid, shrunk
from iqabench import method
from iqabench.methods.tiling import Tiling

if TYPE_CHECKING:
    from torch import Tensor


class GridMoments(NamedTuple):
    """The degraded image on its own grid and the local moments that SSIM needs of it."""

    reference: OnGrid
    moments: Moments


@method("ssim-lr", paradigms="DR", citation=CITATION, minimum_size=11, differentiable=True)
class SsimLr(Ssim):
    """Floor: SSIM at the size of the low-resolution input.

    Does the restored image, made small again, give its input back (back-projection fidelity)? The size is found from
    the degraded image (:mod:`baselines.shared.lr_grid`), at least 11 pixels a side; where no coarser grid holds that
    image the score is SSIM's at the full size. A fidelity alone: interpolation comes near the best score.
    """

    # A tile would not lie on the grid.
    tiling = Tiling(whole_pixels=None)
    # Nor would a map at full size: the comparison is made on the coarse grid.
    map_shows = ""

    def __init__(self) -> None:
        super().__init__(downsample=False)

    def prepare(self, reference: Tensor) -> GridMoments:  # type: ignore[override]
        """Take the moments of the degraded image ``(1, 3, H, W)`` on its grid. Raises DataError below 11 pixels."""
        check_images(self.info, reference)
        found = on_own_grid(reference, WINDOW)
        return GridMoments(found, super().prepare(found.own))

    def score(self, restored: Tensor, prepared: GridMoments) -> Tensor:  # type: ignore[override]
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``, 1 at best. Raises DataError if the sizes differ."""
        check_images(self.info, restored, prepared.reference.shown)
        return super().score(shrunk(restored, prepared.reference.own), prepared.moments)
