"""Small convolutional networks trained for PSNR: super-resolution of two sizes and one denoiser.

The weights lie beside this file as safetensors (float16 on disk, float32 in use).
``baselines.restorers.train_networks`` made them. They stand for the family of EDSR (Lim et al. 2017),
ESPCN (Shi et al. 2016) and DnCNN (Zhang et al. 2017), much reduced. Images are (h,w,3) float32 RGB in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class NetConfig:
    """Shape of one network. ``scale`` 1 is a denoiser; ``blocks`` 0 is a plain three-layer ESPCN."""

    scale: int
    features: int
    blocks: int


NETS: dict[str, NetConfig] = {
    "espcn-x4": NetConfig(scale=4, features=32, blocks=0),
    "edsr-x4": NetConfig(scale=4, features=40, blocks=6),
    "edsr-x2": NetConfig(scale=2, features=32, blocks=4),
    "dncnn": NetConfig(scale=1, features=40, blocks=4),
}


class Block(nn.Module):
    """Residual block without normalisation, as in EDSR."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(features, features, 3, padding=1)
        self.b = nn.Conv2d(features, features, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Features ``(N, C, h, w)`` and what two convolutions add to them."""
        return x + self.b(functional.relu(self.a(x)))


class SmallNet(nn.Module):
    """Images ``(N, 3, h, w)``, RGB in [0, 1], to ``scale`` times the size: a correction of the bicubic upsampling."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.scale = config.scale
        # The denoiser works on 2x2 pixel blocks: four times the field of view for the same work.
        self.fold = 2 if config.scale == 1 else 1
        f = config.features
        out = 3 * (config.scale * self.fold) ** 2
        head_size = 5 if config.blocks == 0 else 3
        self.head = nn.Conv2d(3 * self.fold**2, f, head_size, padding=head_size // 2)
        if config.blocks == 0:
            self.body: nn.Module = nn.Sequential(nn.ReLU(), nn.Conv2d(f, f, 3, padding=1), nn.ReLU())
        else:
            self.body = nn.Sequential(*(Block(f) for _ in range(config.blocks)))
        self.tail = nn.Conv2d(f, out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Restore images ``(N, 3, h, w)`` in [0, 1]; values may leave that range."""
        base = x
        if self.scale > 1:
            base = functional.interpolate(x, scale_factor=self.scale, mode="bicubic", align_corners=False)
        h = functional.pixel_unshuffle(x, self.fold)
        correction = self.tail(self.body(self.head(h)))
        return base + functional.pixel_shuffle(correction, self.scale * self.fold)


@cache
def load_net(name: str) -> SmallNet:
    """The trained network ``name`` (a key of ``NETS``), ready to run on the CPU."""
    net = SmallNet(NETS[name])
    state = {key: value.float() for key, value in load_file(WEIGHTS / f"{name}.safetensors").items()}
    net.load_state_dict(state, strict=True)
    return net.eval()


def run_net(name: str, image: np.ndarray) -> np.ndarray:
    """Restore ``image`` with the network ``name``; the result is not clipped."""
    x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float()
    with torch.inference_mode():
        return load_net(name)(x)[0].numpy().transpose(1, 2, 0)
