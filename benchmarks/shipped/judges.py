"""Pseudo labels of pictures that were made a moment ago: LPIPS and DISTS, the metrics of ``iqabench synthesize``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from benchmarks.shipped.contents import plain_tensor
from iqabench import create_method
from iqabench.data.images import Pixels

Judge = Callable[[Sequence[Pixels], Pixels], np.ndarray]
"""``(restored, pristine)`` to ``(restored, metrics)``, lower is better."""


class Judges:
    """Both metrics with the pristine picture, from the weights that ``IQABENCH_WEIGHTS`` names."""

    def __init__(self) -> None:
        self.metrics = [create_method(name).fused("fp32") for name in ("lpips", "dists")]

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Pixels], pristine: Pixels) -> np.ndarray:
        """``(pictures, 2)``, lower is better."""
        shown, beside = plain_tensor(pictures), plain_tensor([pristine])
        return np.stack([metric.score(shown, metric.prepare(beside)).numpy() for metric in self.metrics], 1)
