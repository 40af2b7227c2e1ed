"""Peak signal-to-noise ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.shared.images import check_images, luma
from iqabench import Method, method

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{hore2013psnr,
  title={Is there a relationship between peak-signal-to-noise ratio and structural similarity index measure?},
  author={Hor{\\'e}, Alain and Ziou, Djemel},
  journal={IET Image Processing}, volume={7}, number={1}, pages={12--24}, year={2013}
}"""

CAP_DB = 100.0
"""Score in dB of identical images, which would otherwise be infinite. Two different 8-bit images of 288x288
pixels are at most 102 dB apart (one sample off by one level), so the cap hides nothing that can be seen."""


def decibels(error: Tensor) -> Tensor:
    """PSNR of mean squared errors of images in [0, 1], capped at :data:`CAP_DB`."""
    return -10.0 * error.clamp_min(10 ** (-CAP_DB / 10)).log10()


@method("psnr", citation=CITATION, anchor=True, differentiable=True)
class Psnr(Method):
    """Peak signal-to-noise ratio of RGB, in dB; 100 dB for identical images.

    Over all samples of an image, peak 1.0 (8-bit: 255), never above 100 dB.
    """

    map_shows = "the squared difference from the reference, whose mean gives the dB"

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)`` as it is."""
        return reference

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return dB ``(N,)``, higher is better.

        Raises DataError if the sizes differ.
        """
        check_images(self.info, restored, prepared)
        return decibels((restored - prepared).square().mean((1, 2, 3)))

    def map(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Squared error ``(N, H, W)`` in [0, 1], the mean over channels."""
        check_images(self.info, restored, prepared)
        return (restored - prepared).square().mean(1)

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """The dB of the mean squared error."""
        return decibels(maps.mean((1, 2)))


@method("psnr-y", citation=CITATION, differentiable=True)
class PsnrY(Psnr):
    """Peak signal-to-noise ratio of BT.601 luma, in dB, borders kept.

    As super-resolution papers report it.
    """

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the luma ``(1, 1, H, W)`` of the reference."""
        return luma(reference)

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)`` as :class:`Psnr` does."""
        return super().score(luma(restored), prepared)

    def map(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Squared error of the luma, ``(N, H, W)``."""
        return super().map(luma(restored), prepared)
