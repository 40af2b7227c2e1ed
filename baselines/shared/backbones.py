"""Pretrained AlexNet, VGG16 and SqueezeNet features, which LPIPS and DISTS compare."""

from __future__ import annotations

import torch
from torch import nn

from iqabench import weights

TAPS = {"alex": (1, 4, 7, 9, 11), "vgg": (3, 8, 15, 22, 29), "squeeze": (1, 4, 7, 9, 10, 11, 12)}
"""Layers of torchvision's ``features`` whose output is compared."""

BACKBONES = {"alex": "alexnet-features", "vgg": "vgg16-features", "squeeze": "squeezenet-features"}


def empty_features(net: str) -> nn.Sequential:
    """The convolutional part of ``alex``, ``vgg`` or ``squeeze`` as torchvision builds it, untrained."""
    # Built on the meta device: the weights are put in right after, so none need be drawn.
    with torch.device("meta"):
        if net == "alex":
            return _alexnet()
        if net == "vgg":
            return _vgg16()
        from torchvision import models

        features: nn.Sequential = models.squeezenet1_1(weights=None).features
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


def _vgg16() -> nn.Sequential:
    """VGG-16's convolutions (Simonyan and Zisserman 2015), here for the same reason."""
    layers: list[nn.Module] = []
    channels = 3
    for out, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(inplace=True)]
            channels = out
        layers.append(nn.MaxPool2d(2, stride=2))
    return nn.Sequential(*layers)


def backbone(net: str) -> nn.Sequential:
    """The pretrained features, frozen, in evaluation mode. Raises WeightsError if they cannot be had."""
    state = weights.load(BACKBONES[net])
    features = empty_features(net)
    features.load_state_dict({name.removeprefix("features."): value for name, value in state.items()}, assign=True)
    for layer in features:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # the tapped output must survive the next layer
    return features[: TAPS[net][-1] + 1].eval().requires_grad_(False)
