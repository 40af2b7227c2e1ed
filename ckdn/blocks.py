"""Building blocks: stem, residual stages, the VGG alternative, and the score head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ckdn.architecture import Blocks
from ckdn.bottleneck import Bottleneck

EMBEDDING_CHANNELS = 256
CSP_CHANNELS = 512
HIDDEN = 2048
LIMIT = 4.0
"""Of :class:`Restorability`, before the sigmoid (.018 and .982 after it): an unusual D must not bring all to 0 or 1."""

TINY = 1e-30
"""Least variance of :func:`channel_statistics`: next to 0, where a square root has no gradient."""


def residual_stage(channels: int, width: int, count: int, stride: int) -> nn.Sequential:
    """A ResNet-50 stage: ``count`` bottlenecks from ``channels`` to ``4 * width`` channels."""
    out = width * Bottleneck.expansion
    shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
    first = Bottleneck(channels, width, stride, shortcut)
    return nn.Sequential(first, *(Bottleneck(out, width) for _ in range(count - 1)))


def vgg_stage(channels: int, out: int, count: int) -> nn.Sequential:
    """A VGG-16 stage without its pooling: ``count`` 3×3 convolutions, each followed by a ReLU."""
    layers: list[nn.Module] = []
    for index in range(count):
        layers += [nn.Conv2d(channels if index == 0 else out, out, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class Embedding(nn.Module):
    """QSE or DTE: ``(N, 3, H, W)`` to ``(N, 256, H/4, W/4)``, pooled further by ``pool``.

    Residual blocks follow the stem directly, with neither norm nor ReLU between.
    ``pool`` 2 and 4 give the paper's 36×36 and 18×18 features (Table 5).
    """

    def __init__(self, blocks: Blocks = "residual", pool: int = 1) -> None:
        super().__init__()
        self.stem: nn.Module
        self.blocks: nn.Module
        if blocks == "residual":
            self.stem = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
            self.shrink: nn.Module = nn.MaxPool2d(3, stride=2, padding=1)
            self.blocks = residual_stage(64, 64, 3, stride=1)
        else:
            self.stem = vgg_stage(3, 64, 2)
            self.shrink = nn.MaxPool2d(2)
            self.blocks = nn.Sequential(vgg_stage(64, 128, 2), nn.MaxPool2d(2), vgg_stage(128, 256, 3))
        self.pool: nn.Module = nn.AvgPool2d(pool) if pool > 1 else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Embed normalised images."""
        embedded: Tensor = self.pool(self.blocks(self.shrink(self.stem(images))))
        return embedded


def score_predictor(blocks: Blocks = "residual") -> nn.Sequential:
    """The convolutional part of CSP: ``(N, 256, h, w)`` to ``(N, 512, h/2, w/2)``."""
    if blocks == "residual":
        return residual_stage(EMBEDDING_CHANNELS, CSP_CHANNELS // Bottleneck.expansion, 4, stride=2)
    return nn.Sequential(nn.MaxPool2d(2, ceil_mode=True), vgg_stage(EMBEDDING_CHANNELS, CSP_CHANNELS, 3))


class ScoreHead(nn.Module):
    """Global average, three fully connected layers, sigmoid: ``(N, 512, h, w)`` to ``(N,)`` in (0, 1)."""

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(CSP_CHANNELS, HIDDEN),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, 1),
        )

    def logits(self, features: Tensor) -> Tensor:
        """Scores before the sigmoid, ``(N,)``."""
        logits: Tensor = self.layers(features.mean((2, 3)))
        return logits[:, 0]

    def forward(self, features: Tensor) -> Tensor:
        """Score feature maps."""
        return torch.sigmoid(self.logits(features))


class Restorability(nn.Module):
    """How good what is made of D tends to be: a second term of the score.

    An addition of this package. A head that has learned ranks beside one degraded image says nothing across several;
    this term does. It is the same for all restorations of one D, and ``scale`` is positive, so that their order stays.
    It is linear in :func:`channel_statistics` of E1(D) and kept within ±:data:`LIMIT`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.layer = nn.Linear(2 * EMBEDDING_CHANNELS, 1)

    def forward(self, logits: Tensor, statistics: Tensor) -> Tensor:
        """Both terms, before the sigmoid: ``(N,)`` of ``(N,)`` and of ``(N, 512)`` or ``(1, 512)``."""
        both: Tensor = self.scale * logits + self.layer(statistics)[:, 0].clamp(-LIMIT, LIMIT)
        return both


def channel_statistics(embedded: Tensor) -> Tensor:
    """Mean, then standard deviation of each channel over all positions: ``(N, C, h, w)`` to ``(N, 2C)``, float32."""
    embedded = embedded.float()
    mean = embedded.mean((2, 3), keepdim=True)
    # Not torch.std_mean, which takes three times as long on a CPU. A channel that is 0 everywhere must have a gradient.
    variance = (embedded - mean).square().mean((2, 3)).clamp_min(TINY)
    return torch.cat([mean.flatten(1), variance.sqrt()], dim=1)


def final_logits(
    features: Tensor, reference: Tensor | None, head: ScoreHead, restorability: Restorability | None
) -> Tensor:
    """:func:`final_score` before the sigmoid, ``(N,)``."""
    logits = head.logits(features)
    if restorability is not None and reference is not None:
        logits = restorability(logits, channel_statistics(reference))
    return logits


def final_score(
    features: Tensor, reference: Tensor | None, head: ScoreHead, restorability: Restorability | None
) -> Tensor:
    """Score CSP's ``features`` ``(N, 512, h, w)``, with the second term where there is one and a reference is shown."""
    return torch.sigmoid(final_logits(features, reference, head, restorability))
