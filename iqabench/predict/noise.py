"""How noisy is a restored image? Answered in the pass that scores it."""

from __future__ import annotations

import torch
from torch import Tensor

from iqabench.methods.contract import Method, MethodInfo, Paradigm

GAUSSIAN = 0.6745
"""Median of the absolute values of a Gaussian variable of standard deviation 1."""


class NoiseLevel(Method):
    """Standard deviation of Gaussian noise, of 255: median of the finest diagonal differences (Donoho 1994).

    The Haar wavelet's diagonal band holds little of a photograph and all of its noise; the median passes over edges.
    Of 143 photographs (Set5, Set14, Kodak24, BSD100) the estimate is 3 in the middle, and above 14 in one or two; with
    noise of 15 it is 12 to 22, with 20 it is 14 to 26. Fine texture everywhere looks like noise.
    """

    info = MethodInfo(name="noise-level", paradigms=(Paradigm.NR,), lower_is_better=True, minimum_size=2)

    def score(self, restored: Tensor, prepared: None) -> Tensor:
        """Mean over the channels of the estimate ``(N,)`` for ``restored`` ``(N, 3, H, W)`` in [0, 1]."""
        height, width = (side // 2 * 2 for side in restored.shape[-2:])
        even, odd = restored[..., 0:height:2, :width], restored[..., 1:height:2, :width]
        diagonal = (even[..., 0::2] - even[..., 1::2] - odd[..., 0::2] + odd[..., 1::2]) / 2
        levels: Tensor = diagonal.abs().flatten(2).median(2).values.mean(1) / GAUSSIAN * 255
        return torch.as_tensor(levels)
