"""The authors' released CKDN, written anew from its description, sharing no code with the package.

Names of the modules are those of the released checkpoints; losses and preprocessing are those of its training script.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """ResNet-50's bottleneck."""

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        if inputs != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        kept = self.downsample(x) if hasattr(self, "downsample") else x
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.relu(self.bn3(self.conv3(x)) + kept)


def blocks(inputs: int, width: int, count: int, stride: int) -> nn.Sequential:
    return nn.Sequential(Block(inputs, width, stride), *(Block(4 * width, width) for _ in range(count - 1)))


def head() -> nn.Sequential:
    hidden = [nn.Linear(512, 2048), nn.ReLU(), nn.Dropout(0.5), nn.Linear(2048, 2048), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*hidden, nn.Linear(2048, 1))


@dataclass
class Outputs:
    degraded_reference: Tensor
    full_reference: Tensor
    relative: Tensor
    distance: Tensor
    """Mean squared difference of the embeddings of D and H, one per image."""


class ReleasedNetwork(nn.Module):
    """The network that the training script wraps in ``DataParallel``."""

    def __init__(self) -> None:
        super().__init__()
        self.qse_1, self.qse_2 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), blocks(64, 64, 3, 1)
        self.dte_1, self.dte_2 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), blocks(64, 64, 3, 1)
        self.csp, self.aux_csp = blocks(256, 128, 4, 2), blocks(256, 128, 4, 2)
        self.fc_, self.fc1_ = head(), head()

    def quality(self, x: Tensor) -> Tensor:
        return self.qse_2(F.max_pool2d(self.qse_1(x), 3, 2, 1))

    def tolerant(self, x: Tensor) -> Tensor:
        return self.dte_2(F.max_pool2d(self.dte_1(x), 3, 2, 1))

    def read(self, difference: Tensor, csp: nn.Module, fc: nn.Module) -> Tensor:
        return torch.sigmoid(fc(F.adaptive_avg_pool2d(csp(difference), 1).flatten(1)))[:, 0]

    def forward(self, first: Tensor, second: Tensor, degraded: Tensor, pristine: Tensor) -> Outputs:
        one, other = self.quality(first), self.quality(second)
        below, above = self.tolerant(degraded), self.tolerant(pristine)
        both = self.read(torch.cat([one - below, one - above]), self.csp, self.fc_)
        relative = self.read(one - other, self.aux_csp, self.fc1_)
        count = len(first)
        return Outputs(both[:count], both[count:], relative, ((below - above) ** 2).mean((1, 2, 3)))

    def score(self, restored: Tensor, degraded: Tensor) -> Tensor:
        """Scores ``(N,)`` of preprocessed images."""
        return self.read(self.quality(restored) - self.tolerant(degraded), self.csp, self.fc_)


def scores_loss(outputs: Outputs, quality: Tensor) -> Tensor:
    """Epochs 10 to 29."""
    both = F.mse_loss(outputs.degraded_reference, quality) + F.mse_loss(outputs.full_reference, quality)
    return both + 30 * (outputs.distance**2).mean()


def relative_loss(outputs: Outputs, first: Tensor, second: Tensor) -> Tensor:
    """Epochs 0 to 9; the probability is that of the second image being better."""
    probability = 1 / (1 + 10 ** ((first - second) / 0.4))
    return 0.5 * F.mse_loss(outputs.relative, probability)


def preprocessed(path: Path, resample: Image.Resampling) -> Tensor:
    """``(1, 3, 288, 288)``: the short side to 329 pixels as an 8-bit image, the middle, ImageNet's statistics."""
    image = Image.open(path).convert("RGB")
    width, height = image.size
    if width <= height:
        size = (329, int(329 * height / width))
    else:
        size = (int(329 * width / height), 329)
    if min(image.size) != 329:
        image = image.resize(size, resample)
    left, top = round((image.width - 288) / 2.0), round((image.height - 288) / 2.0)
    values = np.asarray(image.crop((left, top, left + 288, top + 288)), dtype=np.float32) / 255
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    return torch.from_numpy(((values - mean) / deviation).transpose(2, 0, 1)[None].copy())


def checkpoint(network: ReleasedNetwork) -> dict[str, object]:
    """What the training script saves, its arguments left out."""
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    return {"epoch": 29, "arch": "resnet50", "state_dict": state, "version": 2}


def made_network(seed: int = 0) -> ReleasedNetwork:
    """A network with random weights and batch statistics that are not at their start, in evaluation mode."""
    torch.manual_seed(seed)
    network = ReleasedNetwork()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    return network.eval()
