"""AlexNet and VGG16 as LPIPS sees them: five layers of unit-length features, and heads that weigh them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, normalize

from baselines.shared.backbones import empty_features
from iqabench._util.errors import MethodError, WeightsError
from iqabench.weights import load

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Trunk:
    """Where the features come from: ends of the slices of ``features``, and their channels."""

    weights: str
    ends: tuple[int, ...]
    channels: tuple[int, ...]


TRUNKS = {
    "alexnet": Trunk("alexnet-features", (2, 5, 8, 10, 12), (64, 192, 384, 256, 256)),
    "vgg16": Trunk("vgg16-features", (4, 9, 16, 23, 30), (64, 128, 256, 512, 512)),
}


class L2Pool(nn.Module):
    """Square, blur with a Hanning window, subsample, square root: no aliasing (Hénaff and Simoncelli 2016)."""

    window: Tensor

    def __init__(self, stride: int = 2, size: int = 5) -> None:
        super().__init__()
        self.stride = stride
        line = torch.hann_window(size + 2, periodic=False)[1:-1]
        window = line[:, None] * line[None, :]
        self.register_buffer("window", (window / window.sum())[None, None], persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, C, ceil(H / stride), ceil(W / stride))``."""
        channels = features.shape[1]
        window = self.window.expand(channels, 1, -1, -1)
        padding = self.window.shape[-1] // 2
        energy = conv2d(features.square(), window, stride=self.stride, padding=padding, groups=channels)
        # The floor keeps the slope of the root finite where the features are 0.
        return (energy + 1e-12).sqrt()


class TrunkReference(NamedTuple):
    """A reference ``(1, 3, H, W)`` and its unit-length features, ``(1, C, h, w)`` per layer."""

    shown: Tensor
    layers: list[Tensor]


class FeatureTrunk(nn.Module):
    """The frozen convolutions of ``alexnet`` or ``vgg16``; ``l2_pooling`` replaces their max-pooling.

    Raises MethodError for another name.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, name: str, l2_pooling: bool = False) -> None:
        super().__init__()
        if name not in TRUNKS:
            raise MethodError(f"there is no trunk {name!r}; use one of {', '.join(TRUNKS)}")
        self.name = name
        self.trunk = TRUNKS[name]
        convolutions = empty_features({"alexnet": "alex", "vgg16": "vgg"}[name])
        layers = list(convolutions[: self.trunk.ends[-1]].to_empty(device="cpu"))
        for layer in layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False
            if isinstance(layer, nn.Conv2d):
                layer.reset_parameters()
        self.features = nn.Sequential(
            *(L2Pool() if l2_pooling and isinstance(layer, nn.MaxPool2d) else layer for layer in layers)
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(IMAGENET_DEVIATION).view(3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def start(self) -> str | None:
        """Load the pretrained weights; where they cannot be had, keep the random ones and return a note."""
        try:
            tensors = load(self.trunk.weights)
        except WeightsError as error:
            return f"trained from a random start: {error}"
        own = set(self.state_dict())
        self.load_state_dict({name: tensor for name, tensor in tensors.items() if name in own})
        return None

    def forward(self, images: Tensor) -> list[Tensor]:
        """``(N, 3, H, W)`` in [0, 1] to the five layers' features as they are."""
        return list(self._layers((images - self.mean) / self.deviation))

    def unit(self, images: Tensor) -> list[Tensor]:
        """As :meth:`forward`, every position's features scaled to length 1 (0 where they are 0)."""
        return [normalize(features, dim=1, eps=1e-10) for features in self.forward(images)]

    def _layers(self, features: Tensor) -> Iterator[Tensor]:
        for begin, end in pairwise((0, *self.trunk.ends)):
            features = self.features[begin:end](features)
            yield features


class DistanceHeads(nn.Module):
    """LPIPS's 1×1 heads: one non-negative weight per channel and layer, then the mean over the image.

    LPIPS clips negative weights after each step; here the weight is the absolute value of its
    parameter, which needs no hook in the training loop.
    """

    def __init__(self, channels: tuple[int, ...], dropout: float = 0.0) -> None:
        super().__init__()
        self.raw = nn.ParameterList([nn.Parameter(torch.empty(count)) for count in channels])
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Every channel of a layer weighs the same."""
        for raw in self.raw:
            nn.init.constant_(raw, 1 / raw.numel() ** 0.5)

    def forward(self, squares: list[Tensor]) -> Tensor:
        """Squared differences, ``(N, C, H, W)`` per layer, to distances ``(N,)``."""
        total = squares[0].new_zeros(squares[0].shape[0])
        for difference, raw in zip(squares, self.raw, strict=True):
            total = total + torch.einsum("nchw,c->n", self.dropout(difference), raw.abs()) / difference[0, 0].numel()
        return total
