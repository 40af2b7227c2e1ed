"""ResNet-50's block."""

from __future__ import annotations

from torch import Tensor, nn


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions with batch norm, and a way past them (He et al., CVPR 2016).

    ``(N, C, H, W)`` to ``(N, 4 * width, H / stride, W / stride)``. The stride is that of the 3×3 convolution. Names,
    their order and values are those of torchvision's block, which is not used because importing torchvision takes
    longer than a first score.
    """

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int = 1, downsample: nn.Sequential | None = None) -> None:
        super().__init__()
        out = width * self.expansion
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, features: Tensor) -> Tensor:
        """The block's output; ``features`` is left alone."""
        result: Tensor = self.relu(self.bn1(self.conv1(features)))
        result = self.relu(self.bn2(self.conv2(result)))
        result = self.bn3(self.conv3(result))
        result += features if self.downsample is None else self.downsample(features)
        result = self.relu(result)
        return result
