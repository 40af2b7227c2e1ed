"""A floor: PSNR on the grid of the low-resolution input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.full_reference.psnr import CITATION, Psnr
from baselines.shared.images import check_images
from baselines.shared.lr_grid import OnGrid, on_own_grid, shrunk
from iqabench import method
from iqabench.methods.tiling import Tiling

if TYPE_CHECKING:
    from torch import Tensor


@method("psnr-lr", paradigms="DR", citation=CITATION, differentiable=True)
class PsnrLr(Psnr):
    """Floor: PSNR at the size of the low-resolution input, in dB.

    Does the restored image, made small again, give its input back (back-projection fidelity)? The size is found from
    the degraded image (:mod:`baselines.shared.lr_grid`); where no coarser grid holds that image the score is PSNR's.
    """

    # A tile would not lie on the grid.
    tiling = Tiling(whole_pixels=None)
    # Nor would a map at full size: the comparison is made on the coarse grid.
    map_shows = ""

    def prepare(self, reference: Tensor) -> OnGrid:  # type: ignore[override]
        """Bring the degraded image ``(1, 3, H, W)`` to its own grid."""
        return on_own_grid(reference)

    def score(self, restored: Tensor, prepared: OnGrid) -> Tensor:  # type: ignore[override]
        """Score ``restored`` ``(N, 3, H, W)``; return dB ``(N,)``. Raises DataError if the sizes differ."""
        check_images(self.info, restored, prepared.shown)
        return super().score(shrunk(restored, prepared.own), prepared.own)
