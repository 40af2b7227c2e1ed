"""Full-reference metrics without weights, computed by the library piq."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from importlib.metadata import version
from typing import Any

import piq
import torch
from torch import Tensor

from baselines import catalogue
from baselines.finite_slopes import FiniteSlopes
from baselines.images import check_images
from iqabench.methods.contract import Method

BLACK = 1e-4
"""A pair without a brighter value is black: an 8-bit image has nothing between 0 and 1/255."""


class PiqMetric(Method):
    """A function of piq behind the contract: restored image first, reference second."""

    function: Callable[..., Tensor]
    one_by_one = False
    """True where piq's score of an image depends on the others in its batch."""

    def __init__(self) -> None:
        self.state_facts(piq=version("piq"))

    def prepare(self, reference: Tensor) -> Tensor:
        """Return the reference ``(1, 3, H, W)``: piq's functions take images."""
        return reference

    def keywords(self, images: Tensor) -> dict[str, Any]:
        """Keywords for piq's function, from the size of ``images``."""
        return {}

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``.

        Raises DataError if the images are too small or differ in size.
        """
        check_images(self.info, restored, prepared)
        step = 1 if self.one_by_one else len(restored)
        scores = [self._score(part, prepared.expand_as(part)) for part in restored.split(step)]
        return torch.cat(scores)

    def _score(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Scores ``(N,)`` of ``(N, 3, H, W)``; values are piq's own, gradients finite."""
        with FiniteSlopes() if restored.requires_grad else nullcontext():
            scores = type(self).function(
                restored, reference, data_range=1.0, reduction="none", **self.keywords(restored)
            )
        return scores.reshape(len(restored))


class MsSsim(PiqMetric):
    """MS-SSIM; the five scales of the paper, or as many of the finest as the image has room for.

    A scale needs 11 pixels on the short side after halving; the weights of the scales kept are made to sum to 1.
    """

    info = catalogue.MS_SSIM.info
    function = staticmethod(piq.multi_scale_ssim)

    def keywords(self, images: Tensor) -> dict[str, Any]:
        """Weights of the scales that fit; from 161 pixels on all five."""
        short = min(images.shape[-2:])
        weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
        fitting = sum(short >= 10 * 2**level + 1 for level in range(len(weights)))
        return {} if fitting == len(weights) else {"scale_weights": images.new_tensor(weights[:fitting])}


class Fsim(PiqMetric):
    """Feature similarity with colour (FSIMc)."""

    info = catalogue.FSIM.info
    function = staticmethod(piq.fsim)


class Gmsd(PiqMetric):
    """Gradient magnitude similarity deviation."""

    info = catalogue.GMSD.info
    function = staticmethod(piq.gmsd)


class MsGmsd(PiqMetric):
    """GMSD on four scales."""

    info = catalogue.MS_GMSD.info
    function = staticmethod(piq.multi_scale_gmsd)


class Vif(PiqMetric):
    """Visual information fidelity, pixel domain."""

    info = catalogue.VIF.info
    function = staticmethod(piq.vif_p)


class Vsi(PiqMetric):
    """Visual saliency-induced index."""

    info = catalogue.VSI.info
    function = staticmethod(piq.vsi)


class Mdsi(PiqMetric):
    """Mean deviation similarity index."""

    info = catalogue.MDSI.info
    function = staticmethod(piq.mdsi)


class HaarPsi(PiqMetric):
    """Haar wavelet-based perceptual similarity index.

    The formula divides by the energy of both images, which two black ones lack: such a pair is lifted to grey.
    """

    info = catalogue.HAARPSI.info
    function = staticmethod(piq.haarpsi)

    def _score(self, restored: Tensor, reference: Tensor) -> Tensor:
        black = torch.maximum(restored, reference).amax((1, 2, 3), keepdim=True) < BLACK
        if bool(black.any()):
            restored, reference = (torch.where(black, images + 0.5, images) for images in (restored, reference))
        return super()._score(restored, reference)


class SrSim(PiqMetric):
    """Spectral residual similarity."""

    info = catalogue.SR_SIM.info
    function = staticmethod(piq.srsim)
    one_by_one = True


class Dss(PiqMetric):
    """DCT subband similarity."""

    info = catalogue.DSS.info
    function = staticmethod(piq.dss)


class IwSsim(PiqMetric):
    """Information-weighted SSIM.

    The formula inverts the covariance of the reference, which a flat one lacks: such a pair is scored under one fixed
    noise of at most half a grey level, the same on both images.
    """

    info = catalogue.IW_SSIM.info
    function = staticmethod(piq.information_weighted_ssim)
    one_by_one = True

    def _score(self, restored: Tensor, reference: Tensor) -> Tensor:
        try:
            scores = super()._score(restored, reference)
        except torch.linalg.LinAlgError:
            scores = restored.new_full((1,), torch.nan)
        if bool(scores.isfinite()):
            return scores
        return super()._score(dithered(restored), dithered(reference)).to(restored)


def dithered(images: Tensor) -> Tensor:
    """``images`` ``(1, 3, H, W)`` in [0, 1] under noise of at most half a grey level, always the same, as float64.

    In float32 the variance of a flat area would be lost beside its mean.
    """
    noise = torch.rand(images.shape[1:], generator=torch.Generator().manual_seed(0)).to(images.device)
    return images.double() * (1 - 1 / 255) + noise / 255
