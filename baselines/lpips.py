"""LPIPS with the published v0.1 heads on AlexNet, VGG16 or SqueezeNet features (Zhang et al. 2018)."""

from __future__ import annotations

from copy import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from baselines import catalogue
from baselines.images import check_images
from iqabench import weights
from iqabench.methods.contract import Method
from iqabench.scoring.fused import DTYPES, fused

TAPS = {"alex": (1, 4, 7, 9, 11), "vgg": (3, 8, 15, 22, 29), "squeeze": (1, 4, 7, 9, 10, 11, 12)}
"""Layers of torchvision's ``features`` whose output is compared."""

BACKBONES = {"alex": "alexnet-features", "vgg": "vgg16-features", "squeeze": "squeezenet-features"}

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
"""Normalisation of inputs in [-1, 1], as published."""


def empty_features(net: str) -> nn.Sequential:
    """The convolutional part of ``alex``, ``vgg`` or ``squeeze`` as torchvision builds it, untrained."""
    # Built on the meta device: the weights are put in right after, so none need be drawn.
    with torch.device("meta"):
        if net == "alex":
            return _alexnet()
        from torchvision import models

        build = {"vgg": models.vgg16, "squeeze": models.squeezenet1_1}[net]
        features: nn.Sequential = build(weights=None).features
    return features


def _alexnet() -> nn.Sequential:
    """AlexNet's convolutions (Krizhevsky 2014), here because importing torchvision takes longer than a first score."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
    )


def backbone(net: str) -> nn.Sequential:
    """The pretrained features, frozen, in evaluation mode. Raises WeightsError if they cannot be had."""
    state = weights.load(BACKBONES[net])
    features = empty_features(net)
    features.load_state_dict({name.removeprefix("features."): value for name, value in state.items()}, assign=True)
    for layer in features:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # the tapped output must survive the next layer
    return features[: TAPS[net][-1] + 1].eval().requires_grad_(False)


class LpipsReference(NamedTuple):
    """A reference's features, unit length over channels, one ``(1, C, h, w)`` per layer."""

    shown: Tensor
    layers: list[Tensor]


class Lpips(Method):
    """LPIPS distance; 0 for identical images, lower is better."""

    info = catalogue.LPIPS.info
    net = "alex"

    def __init__(self) -> None:
        self._dtype: torch.dtype | None = None
        """Of the fused copy's convolutions."""
        self._features = backbone(self.net)
        heads = weights.load(f"lpips-heads-{self.net}")
        self._heads = [heads[f"lin{k}.model.1.weight"] for k in range(len(TAPS[self.net]))]
        # (2 x - 1 - shift) / scale as two passes instead of four.
        self._shift = (torch.tensor(SHIFT).view(1, 3, 1, 1) + 1) / 2
        self._scale = torch.tensor(SCALE).view(1, 3, 1, 1) / 2

    def to(self, device: torch.device | str) -> Lpips:
        """Move the network to ``device``."""
        self._features.to(device)
        self._heads = [head.to(device) for head in self._heads]
        self._shift, self._scale = self._shift.to(device), self._scale.to(device)
        return self

    def fused(self, precision: str) -> Lpips:
        """A copy for scoring alone; in bf16 the convolutions compute in bfloat16, all else in float32."""
        lean = copy(self)
        lean._features = nn.Sequential(*fused(self._features, precision).children())
        lean._dtype = DTYPES[precision]
        return lean

    def _layers(self, images: Tensor) -> list[Tensor]:
        activation = (images - self._shift).div_(self._scale)
        layers = []
        if self._dtype is not None:
            activation = activation.to(self._dtype, memory_format=torch.channels_last)
        for index, layer in enumerate(self._features):
            activation = layer(activation)
            if index in TAPS[self.net]:
                tapped = activation.float()
                layers.append(tapped / (torch.linalg.vector_norm(tapped, dim=1, keepdim=True) + 1e-10))
        return layers

    def prepare(self, reference: Tensor) -> LpipsReference:
        """Compute the normalised features of the reference ``(1, 3, H, W)`` once.

        Raises DataError if it is too small for the network's pooling.
        """
        check_images(self.info, reference)
        return LpipsReference(reference, self._layers(reference))

    def score(self, restored: Tensor, prepared: LpipsReference) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. Raises DataError if the sizes differ."""
        check_images(self.info, restored, prepared.shown)
        total = restored.new_zeros(len(restored))
        pairs = zip(self._layers(restored), prepared.layers, self._heads, strict=True)
        for layer, reference, head in pairs:
            # The mean over pixels comes first: one pass over the differences, and a product of a few numbers.
            squares = (layer - reference).square_().mean((2, 3))
            total = total + squares @ head.flatten()
        return total


class LpipsVgg(Lpips):
    """LPIPS on VGG16 features."""

    info = catalogue.LPIPS_VGG.info
    net = "vgg"


class LpipsSqueeze(Lpips):
    """LPIPS on SqueezeNet 1.1 features."""

    info = catalogue.LPIPS_SQUEEZE.info
    net = "squeeze"
