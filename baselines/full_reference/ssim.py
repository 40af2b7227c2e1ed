"""Structural similarity (Wang et al. 2004), with the reference's half of the work done once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from baselines.shared.images import check_images, luma
from iqabench import Method, method
from iqabench.methods.tiling import Tiling

if TYPE_CHECKING:
    from torch import Tensor

CITATION = """@article{wang2004ssim,
  title={Image quality assessment: from error visibility to structural similarity},
  author={Wang, Zhou and Bovik, Alan C. and Sheikh, Hamid R. and Simoncelli, Eero P.},
  journal={IEEE Transactions on Image Processing}, volume={13}, number={4}, pages={600--612}, year={2004}
}"""

WINDOW = 11
SIGMA = 1.5
C1 = 0.01**2
C2 = 0.03**2


class Moments(NamedTuple):
    """A reference and its local moments under the Gaussian window."""

    shown: Tensor
    """The reference as the runner gave it, ``(1, 3, H, W)``."""
    image: Tensor
    """Its channels after :func:`shrink`, ``(1, C, h, w)``."""
    mean: Tensor
    """``(1, C, h - 10, w - 10)``."""
    power: Tensor
    """Local mean of the squares; shape of ``mean``."""


def shrink(images: Tensor) -> Tensor:
    """Average over f x f blocks, f = round(short side / 256): the authors' rule for the viewing scale."""
    from torch.nn.functional import avg_pool2d

    factor = shrinking(*images.shape[-2:])
    return avg_pool2d(images, factor) if factor > 1 else images


def shrinking(height: int, width: int) -> int:
    """How many times :func:`shrink` divides each side."""
    return max(1, round(min(height, width) / 256))


def blur(images: Tensor) -> Tensor:
    """Local mean under the 11x11 Gaussian window; ``(N, C, H, W)`` gives ``(N, C, H - 10, W - 10)``.

    Two one-dimensional passes of shifted sums, symmetric taps folded: on a CPU several times faster than
    a grouped convolution, which has no fast path for one channel per group.
    """
    middle = WINDOW // 2
    taps = [math.exp(-((k - middle) ** 2) / (2 * SIGMA**2)) for k in range(middle + 1)]
    total = 2 * sum(taps) - taps[middle]
    for dim in (-2, -1):
        length = images.shape[dim] - WINDOW + 1
        passed = images.narrow(dim, middle, length) * (taps[middle] / total)
        for k in range(middle):
            mirrored = images.narrow(dim, k, length) + images.narrow(dim, WINDOW - 1 - k, length)
            passed = passed.add_(mirrored, alpha=taps[k] / total)
        images = passed
    return images


@method("ssim", citation=CITATION, minimum_size=11, anchor=True, differentiable=True)
class Ssim(Method):
    """Structural similarity of RGB, 11x11 Gaussian window, large images shrunk first.

    The mean over the channels; 1 for identical images, higher is better.
    ``downsample`` shrinks large images to a short side near 256 first, as the authors' code does.
    Agrees with ``piq.ssim`` to 1e-5.
    """

    # shrink() looks at the whole image: a tile would be compared at another scale.
    tiling = Tiling(whole_pixels=None)
    map_shows = "1 - SSIM of the window around each place, whose mean is 1 - score"
    _channels = "rgb"

    def __init__(self, downsample: bool = True) -> None:
        self._downsample = downsample

    def _view(self, images: Tensor) -> Tensor:
        channels = luma(images) if self._channels == "y" else images
        return shrink(channels) if self._downsample else channels

    def prepare(self, reference: Tensor) -> Moments:
        """Compute the local moments of the reference ``(1, 3, H, W)`` once.

        Raises DataError if it is smaller than the window.
        """
        check_images(self.info, reference)
        image = self._view(reference)
        return Moments(reference, image, blur(image), blur(image * image))

    def score(self, restored: Tensor, prepared: Moments) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``.

        Raises DataError if the sizes differ.
        """
        check_images(self.info, restored, prepared.shown)
        return self._similarities(restored, prepared).mean((1, 2, 3))

    def _similarities(self, restored: Tensor, prepared: Moments) -> Tensor:
        """SSIM of every window that fits, ``(N, C, h - 10, w - 10)`` in [-1, 1]."""
        image = self._view(restored)
        mean, power, cross = blur(image), blur(image * image), blur(image * prepared.image)
        product = mean * prepared.mean
        squares = mean * mean + prepared.mean * prepared.mean
        contrast = (2 * (cross - product) + C2) / (power + prepared.power - squares + C2)
        return (2 * product + C1) / (squares + C1) * contrast

    def map(self, restored: Tensor, prepared: Moments) -> Tensor:
        """1 - SSIM ``(N, H, W)`` in [0, 2] of the window around each pixel; at borders that of the nearest window.

        The mean over the channels; where large images are shrunk, interpolated (bilinear).
        """
        from torch.nn.functional import interpolate, pad

        check_images(self.info, restored, prepared.shown)
        maps = (1 - self._similarities(restored, prepared).mean(1, keepdim=True)).clamp_min(0)
        height, width = restored.shape[-2:]
        factor = self._factor(height, width)
        if factor > 1:
            maps = interpolate(maps, scale_factor=factor, mode="bilinear", align_corners=False)
        near = WINDOW // 2 * factor
        margins = (near, width - near - maps.shape[3], near, height - near - maps.shape[2])
        return pad(maps, margins, mode="replicate")[:, 0]

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """1 - mean over the pixels whose windows fit into the image."""
        height, width = maps.shape[-2:]
        factor = self._factor(height, width)
        near = WINDOW // 2 * factor
        rows, columns = ((length // factor - WINDOW + 1) * factor for length in (height, width))
        return 1 - maps[:, near : near + rows, near : near + columns].mean((1, 2))

    def _factor(self, height: int, width: int) -> int:
        return shrinking(height, width) if self._downsample else 1


@method("ssim-y", citation=CITATION, minimum_size=11, differentiable=True)
class SsimY(Ssim):
    """Structural similarity of BT.601 luma, 11x11 Gaussian window, large images shrunk first.

    As super-resolution papers report it.
    """

    _channels = "y"
