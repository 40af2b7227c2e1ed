"""The losses of the paper's Eq. 2 to 5, as functions of scores and embeddings."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

RelativeTarget = Literal["first", "second"]
Distillation = Literal["mean", "squared"]


def score_loss(scores: Tensor, quality: Tensor) -> Tensor:
    """Eq. 2 and 3: mean squared error between scores and quality, both ``(N,)``."""
    return functional.mse_loss(scores.float(), quality)


def distillation_loss(pristine: Tensor, degraded: Tensor, form: Distillation = "mean") -> Tensor:
    """Last term of Eq. 4 without its weight: mean squared difference of the embeddings of H and D ``(N, C, h, w)``.

    ``squared``, as in the released code, squares each image's mean squared difference once more before the mean over
    images. No gradient is stopped: the embedding of H moves towards that of D as well.
    """
    if form == "mean":
        return functional.mse_loss(degraded.float(), pristine.float())
    return (degraded.float() - pristine.float()).square().mean((1, 2, 3)).square().mean()


def relative_probability(first: Tensor, second: Tensor, scale: float) -> Tensor:
    """Pr(first is better than second) of Eq. 5, from qualities ``(N,)``.

    ``scale`` is M in units of quality: 400 Elo points are 0.4 where quality is (MOS - 900) / 1000.
    """
    # 10^x as exp(x ln 10) inside a sigmoid, which cannot overflow.
    return torch.sigmoid((first - second) * (2.302585092994046 / scale))


def relative_loss(
    scores: Tensor, first: Tensor, second: Tensor, scale: float, target: RelativeTarget = "first"
) -> Tensor:
    """Eq. 5: mean squared error between ``scores`` of E2(first) - E2(second) and the probability.

    ``target`` says whose being better the probability is of: ``first`` in the paper, ``second`` in
    the released code.
    """
    better = (first, second) if target == "first" else (second, first)
    return functional.mse_loss(scores.float(), relative_probability(*better, scale))
