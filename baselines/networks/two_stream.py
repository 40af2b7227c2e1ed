"""The two-stream network that is trained; :mod:`baselines.full_reference.two_stream` says what is known of it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, scaled_dot_product_attention, softplus

from baselines.full_reference.two_stream import RECIPES, TWO_STREAM
from baselines.shared.images import check_images
from baselines.shared.layers import he_start
from baselines.shared.recipes import find_recipe
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet

HEADS = 4
GROUPS = 4


class Residual(nn.Module):
    """Two 3x3 convolutions, the first one of stride 2, beside a 1x1 convolution of the same stride."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride=2, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.short = nn.Conv2d(before, after, 1, stride=2)
        self.norm = nn.GroupNorm(GROUPS, after)

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, h, w)`` to half the size."""
        inner = relu(self.norm(self.first(features)))
        return relu(self.short(features) + self.second(inner))


class CrossAttention(nn.Module):
    """Every place of one map looks at all places of another."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels, 1)
        self.key_value = nn.Conv2d(channels, 2 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """``(N, C, h, w)`` twice to what ``asking`` finds in ``asked``, ``(N, C, h, w)``."""
        key, value = self.key_value(asked).chunk(2, dim=1)
        found = scaled_dot_product_attention(_by_head(self.query(asking)), _by_head(key), _by_head(value))
        number, channels, height, width = asking.shape
        return self.out(found.transpose(2, 3).reshape(number, channels, height, width))


def _by_head(features: Tensor) -> Tensor:
    """``(N, C, h, w)`` to ``(N, heads, h * w, C / heads)``."""
    number, channels = features.shape[:2]
    return features.reshape(number, HEADS, channels // HEADS, -1).transpose(2, 3)


class Streams(nn.Module):
    """Features of both images at a sixteenth of their size, and the quality of the restored one; ``width`` at first."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.restored, self.degraded = _stream(width), _stream(width)
        channels = 4 * width
        self.attention = CrossAttention(channels)
        self.mix = nn.Sequential(nn.Conv2d(3 * channels, channels, 1), nn.ReLU())
        self.quality = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ReLU(), nn.Conv2d(channels, 1, 1))
        self.weight = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ReLU(), nn.Conv2d(channels, 1, 1))

    def forward(self, restored: Tensor, shown: Tensor) -> Tensor:
        """R ``(N, 3, H, W)`` in [0, 1] and the features of its input ``(N, C, h, w)`` to the quality ``(N,)``."""
        seen = self.restored(2 * restored - 1)
        mixed = self.mix(torch.cat([seen, self.attention(seen, shown), seen - shown], dim=1))
        weight = softplus(self.weight(mixed)) + 1e-6
        return (self.quality(mixed) * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3))


def _stream(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, width, 3, stride=2, padding=1),
        nn.ReLU(),
        Residual(width, 2 * width),
        Residual(2 * width, 4 * width),
        Residual(4 * width, 4 * width),
    )


class TwoStreamReference(NamedTuple):
    """A degraded image ``(1, 3, H, W)`` and its features ``(1, C, h, w)``."""

    shown: Tensor
    features: Tensor


class TwoStream(NetworkMethod):
    """Two streams and cross-attention, trained on the split. Higher is better."""

    info = TWO_STREAM.info
    start = "random"

    def __init__(self, recipe: str = "paper") -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "two-stream")
        self.recipe = chosen.recipe
        self.network = Streams(chosen.width)

    def initialise(self, data: TrainingSet) -> None:
        """He et al.'s start; every place begins with a quality near 0.5."""
        super().initialise(data)
        he_start(self.network)
        last = self.network.quality[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.normal_(last.weight, std=5e-2)
        assert last.bias is not None
        nn.init.constant_(last.bias, 0.5)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Squared error of the quality."""
        assert batch.degraded is not None, "the training set was asked for degraded images"
        predicted = self.network(batch.restored, self._features(batch.degraded))
        return (predicted - batch.quality).square().mean()

    def prepare(self, reference: Tensor) -> TwoStreamReference:
        """Features of the reference ``(1, 3, H, W)``. Raises DataError below 32 pixels."""
        check_images(self.info, reference)
        return TwoStreamReference(reference, self._features(reference))

    def score(self, restored: Tensor, prepared: TwoStreamReference) -> Tensor:
        """Quality, about [0, 1], ``(N,)``. Raises DataError below 32 pixels or for another size."""
        check_images(self.info, restored, prepared.shown)
        shown = prepared.features.expand(len(restored), -1, -1, -1)
        return self.network(restored, shown)

    def _features(self, images: Tensor) -> Tensor:
        return self.network.degraded(2 * images - 1)
