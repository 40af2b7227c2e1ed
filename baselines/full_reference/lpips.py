"""LPIPS with the published v0.1 heads on AlexNet, VGG16 or SqueezeNet features (Zhang et al. 2018)."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from baselines.shared.images import check_images
from iqabench import Method, method

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CITATION = """@inproceedings{zhang2018lpips,
  title={The unreasonable effectiveness of deep features as a perceptual metric},
  author={Zhang, Richard and Isola, Phillip and Efros, Alexei A. and Shechtman, Eli and Wang, Oliver},
  booktitle={IEEE Conference on Computer Vision and Pattern Recognition}, pages={586--595}, year={2018}
}"""

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
"""Normalisation of inputs in [-1, 1], as published."""


class LpipsReference(NamedTuple):
    """A reference's features, unit length over channels, one ``(1, C, h, w)`` per layer."""

    shown: Tensor
    layers: list[Tensor]


def unit_length(features: Tensor) -> Tensor:
    """Features ``(N, C, h, w)`` with the length 1 over channels at each place."""
    import torch

    return features / (torch.linalg.vector_norm(features, dim=1, keepdim=True) + 1e-10)


@method(
    "lpips",
    lower_is_better=True,
    citation=CITATION,
    weights=("alexnet-features", "lpips-heads-alex"),
    trained_on=("BAPPS",),
    minimum_size=31,
    differentiable=True,
    int8=True,
)
class Lpips(Method):
    """Learned perceptual image patch similarity, v0.1 heads on AlexNet features.

    0 for identical images, lower is better.
    """

    net = "alex"
    int8_nearness = (
        "SRCC between the two within contents was .9996 on 728 restored images of 26 photographs, in RGB, and .9991 on "
        "160 of mini, where SRCC with labels moved by .0114"
    )
    map_shows = "the distance of the features at each place, whose mean is the score"

    def __init__(self) -> None:
        import torch

        from baselines.shared.backbones import TAPS, backbone
        from iqabench import weights

        self._dtype: torch.dtype | None = None
        """Of the fused copy's convolutions."""
        self._frame: int | None = None
        """In int8, how wide a frame the first convolution needs around the bytes that it is given."""
        self._features = backbone(self.net)
        self._taps = TAPS[self.net]
        heads = weights.load(f"lpips-heads-{self.net}")
        self._heads = [heads[f"lin{k}.model.1.weight"] for k in range(len(self._taps))]
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
        """A copy for scoring alone; in bf16 and int8 the convolutions compute in that, all else in float32."""
        from torch import nn

        from iqabench.scoring.fused import DTYPES, FusedConv, fused

        lean = copy(self)
        lean._features = nn.Sequential(*fused(self._features, precision).children())
        lean._dtype = DTYPES[precision]
        if precision == "int8":
            from iqabench.scoring.calibration import Seen, calibration_images
            from iqabench.scoring.int8 import take_pixels
            from iqabench.scoring.kept import sequence_in_int8

            first = lean._features[0]
            assert isinstance(first, FusedConv)
            lean._frame = take_pixels(first, self._shift[0], self._scale[0])
            lean._features = sequence_in_int8(
                self.info.name, lean._features, lambda: Seen.pixels([lean._begun(one) for one in calibration_images()])
            )
        return lean

    def _begun(self, images: Tensor) -> Tensor:
        """Images as the first layer takes them."""
        import torch

        if self._frame is not None:
            from iqabench.scoring.int8 import framed

            return framed(images, self._shift[0], self._frame)
        begun = (images - self._shift).div_(self._scale)
        return begun if self._dtype is None else begun.to(self._dtype, memory_format=torch.channels_last)

    def _layers(self, images: Tensor) -> list[Tensor]:
        activation, layers = self._begun(images), []
        for index, layer in enumerate(self._features):
            activation = layer(activation)
            if index in self._taps:
                layers.append(unit_length(activation.float()))
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
            squares = layer.sub_(reference).square_().mean((2, 3))
            total = total + squares @ head.flatten()
        return total

    def map(self, restored: Tensor, prepared: LpipsReference) -> Tensor:
        """Weighted squared distance of the features ``(N, H, W)``, at least 0: the layers' maps, enlarged and added up.

        As the authors' code does it (``spatial=True``), but their mean over all pixels is the score.
        """
        from iqabench.methods.maps import spread

        check_images(self.info, restored, prepared.shown)
        height, width = restored.shape[-2:]
        total = restored.new_zeros((len(restored), height, width))
        for layer, reference, head in zip(self._layers(restored), prepared.layers, self._heads, strict=True):
            total += spread(((layer - reference).square_() * head.view(1, -1, 1, 1)).sum(1), height, width)
        return total

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """Their mean."""
        return maps.mean((1, 2))


@method(
    "lpips-vgg",
    lower_is_better=True,
    citation=CITATION,
    weights=("vgg16-features", "lpips-heads-vgg"),
    trained_on=("BAPPS",),
    minimum_size=16,
    differentiable=True,
)
class LpipsVgg(Lpips):
    """Learned perceptual image patch similarity, v0.1 heads on VGG16 features."""

    net = "vgg"


@method(
    "lpips-squeeze",
    lower_is_better=True,
    citation=CITATION,
    weights=("squeezenet-features", "lpips-heads-squeeze"),
    trained_on=("BAPPS",),
    minimum_size=17,
    differentiable=True,
)
class LpipsSqueeze(Lpips):
    """Learned perceptual image patch similarity, v0.1 heads on SqueezeNet 1.1 features."""

    net = "squeeze"
