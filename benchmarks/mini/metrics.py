"""The three full-reference metrics that the pseudo labels are made of, with their published weights.

The backbones (torchvision's AlexNet and VGG16 features) come as safetensors files from the folder
``IQABENCH_WEIGHTS``; the LPIPS heads from the package ``lpips``; the DISTS weights from the package
``DISTS-pytorch``.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import lpips
import piq
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg16

from benchmarks.mini.packages import DISTS, extract

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363)
"""The first four of the five scales of Wang et al. (2003), renormalised to 1 in use:
192 px do not hold a fifth."""
DISTS_STAGES = ((0, 4), (4, 9), (9, 16), (16, 23), (23, 30))
DISTS_CHANNELS = (3, 64, 128, 256, 512, 512)


def load_lpips(weights: Path) -> nn.Module:
    """LPIPS v0.1 with AlexNet (Zhang et al. 2018). Raises if a tensor is missing,
    left over or of another shape."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision's notice about the pretrained= flag that lpips still uses
        metric = lpips.LPIPS(net="alex", pretrained=True, pnet_rand=True, verbose=False)
    state = load_file(weights / "alexnet_features.safetensors")
    # lpips keeps torchvision's layer numbers but deals them out over five slices.
    own = {key.split(".", 1)[1]: key for key in metric.net.state_dict()}
    metric.net.load_state_dict({own[key.removeprefix("features.")]: value for key, value in state.items()}, strict=True)
    return metric.eval()


class Dists(nn.Module):
    """DISTS (Ding et al. 2020): structure and texture similarity of VGG16 features. 0 = same."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.vgg = vgg16(weights=None).features.eval()
        state = load_file(weights / "vgg16_features.safetensors")
        self.vgg.load_state_dict({key.removeprefix("features."): value for key, value in state.items()}, strict=True)
        own = torch.load(extract(DISTS, "weights.pt"), weights_only=True, map_location="cpu")
        total = own["alpha"].sum() + own["beta"].sum()
        self.alpha = torch.split(own["alpha"] / total, DISTS_CHANNELS, dim=1)
        self.beta = torch.split(own["beta"] / total, DISTS_CHANNELS, dim=1)
        hann = torch.hann_window(5, periodic=False)[1:-1]
        self.window = hann[:, None] * hann[None] / (hann.sum() ** 2)

    def features(self, x: Tensor) -> list[Tensor]:
        """The image itself and five VGG16 stages, with L2 pooling in place of max pooling."""
        mean = x.new_tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
        std = x.new_tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
        h, kept = (x - mean) / std, [x]
        for start, stop in DISTS_STAGES:
            for index in range(start, stop):
                layer = self.vgg[index]
                if isinstance(layer, nn.MaxPool2d):
                    window = self.window.expand(h.shape[1], 1, 3, 3)
                    h = (F.conv2d(h**2, window, stride=2, padding=1, groups=h.shape[1]) + 1e-12).sqrt()
                else:
                    h = F.relu(h) if isinstance(layer, nn.ReLU) else layer(h)
            kept.append(h)
        return kept

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(N,3,H,W) twice, RGB in 0..1 -> (N,)."""
        return self.compare(self.features(x), self.features(y))

    def compare(self, first: list[Tensor], second: list[Tensor]) -> Tensor:
        """Two results of ``features`` -> (N,)."""
        similarity = torch.zeros(first[0].shape[0])
        for a, b, alpha, beta in zip(first, second, self.alpha, self.beta, strict=True):
            am, bm = a.mean((2, 3), keepdim=True), b.mean((2, 3), keepdim=True)
            av, bv = ((a - am) ** 2).mean((2, 3), keepdim=True), ((b - bm) ** 2).mean((2, 3), keepdim=True)
            covariance = (a * b).mean((2, 3), keepdim=True) - am * bm
            texture = (2 * am * bm + 1e-6) / (am**2 + bm**2 + 1e-6)
            structure = (2 * covariance + 1e-6) / (av + bv + 1e-6)
            similarity = similarity + (alpha * texture + beta * structure).sum((1, 2, 3))
        return 1 - similarity


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Multi-scale SSIM of four scales, 11x11 window: (N,3,H,W) twice, RGB in 0..1 -> (N,). 1 = same."""
    scales = torch.tensor(MS_SSIM_WEIGHTS)
    return piq.multi_scale_ssim(
        x, y, kernel_size=11, scale_weights=scales / scales.sum(), data_range=1.0, reduction="none"
    )


class Metrics:
    """All three at once, against one pristine image at a time."""

    def __init__(self, weights: Path) -> None:
        self.lpips = load_lpips(weights)
        self.dists = Dists(weights)

    @torch.inference_mode()
    def prepare(self, pristine: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(1,3,H,W) RGB in 0..1 -> what the call needs; once per content, since VGG16 is most of the work."""
        return pristine, self.dists.features(pristine)

    @torch.inference_mode()
    def __call__(self, restored: Tensor, prepared: tuple[Tensor, list[Tensor]]) -> dict[str, float]:
        """(1,3,H,W) RGB in 0..1 -> name -> raw value, in the metric's own direction."""
        pristine, features = prepared
        return {
            "lpips": self.lpips(restored, pristine, normalize=True).item(),
            "dists": self.dists.compare(self.dists.features(restored), features).item(),
            "ms_ssim": ms_ssim(restored, pristine).item(),
        }
