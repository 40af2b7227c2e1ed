"""Do a restored image and its degraded one show the same scene? Answered in the pass that scores them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from iqabench.methods.contract import Method, MethodInfo, Paradigm

LONG_SIDE = 48
"""Both images are averaged down to this many pixels on the longer side, which takes away noise and detail."""
REACH = 2
"""Shifts of up to so many of these pixels (4 % of the longer side) are undone."""
ALIKE = 0.6
"""Least correlation of images that show one scene. Measured: real restorations .99 and more, pairs of different
photographs below .59 in 99 of 100 cases, broken results of generative networks between."""


class SameContent(Method):
    """Correlation of luma at low resolution, the largest over small shifts; a method like any other."""

    info = MethodInfo(name="same-content", paradigms=(Paradigm.DR, Paradigm.FR))

    def prepare(self, reference: Tensor) -> Tensor:
        """Shrink the reference ``(1, 3, H, W)`` to ``(1, h, w)``."""
        return _small(reference)

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        """Correlation ``(N,)`` in [-1, 1] of ``restored`` ``(N, 3, H, W)``; two flat images correlate perfectly."""
        height, width = prepared.shape[-2:]
        reach_y, reach_x = (min(REACH, (length - 4) // 2) for length in (height, width))
        inner = _centred(_small(restored)[:, reach_y : height - reach_y, reach_x : width - reach_x])
        found = []
        for y in range(2 * reach_y + 1):
            for x in range(2 * reach_x + 1):
                window = prepared[:, y : y + inner.shape[1], x : x + inner.shape[2]]
                found.append(_cosine(inner, _centred(window)))
        return torch.stack(found).amax(0)


def _small(images: Tensor) -> Tensor:
    height, width = images.shape[-2:]
    share = LONG_SIDE / max(height, width)
    size = max(4, round(height * share)), max(4, round(width * share))
    return functional.adaptive_avg_pool2d(images.float().mean(1), size)


def _centred(images: Tensor) -> Tensor:
    return images - images.mean((1, 2), keepdim=True)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """Of centred ``(N, h, w)``; 1 where both are flat, 0 where one is."""
    flat_a, flat_b = ((one.abs().amax((1, 2)) < 1e-3) for one in (a, b))
    cosine = (a * b).sum((1, 2)) / (a.norm(dim=(1, 2)) * b.norm(dim=(1, 2))).clamp_min(1e-12)
    return torch.where(flat_a | flat_b, (flat_a & flat_b).expand_as(flat_a).float(), cosine)
