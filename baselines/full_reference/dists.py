"""DISTS: structure and texture similarity of VGG16 features (Ding et al. 2022)."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from baselines.shared.images import check_images
from iqabench import Method, method

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

CITATION = """@article{ding2022dists,
  title={Image quality assessment: Unifying structure and texture similarity},
  author={Ding, Keyan and Ma, Kede and Wang, Shiqi and Simoncelli, Eero P.},
  journal={IEEE Transactions on Pattern Analysis and Machine Intelligence},
  volume={44}, number={5}, pages={2567--2581}, year={2022}
}"""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
EPSILON = 1e-6
SEEN = 6
"""Batches of restored images, and degraded images, that int8 is calibrated on: VGG16 takes long."""


class Statistics(NamedTuple):
    """One layer of the reference, seen once."""

    features: Tensor
    """``(1, C, h, w)``, mean removed."""
    mean: Tensor
    """``(1, C)``."""
    variance: Tensor
    """``(1, C)``."""


class DistsReference(NamedTuple):
    """A reference and the statistics of its six layers, the image itself being the first."""

    shown: Tensor
    layers: list[Statistics]


def centred(features: Tensor) -> Statistics:
    """Mean and variance over space of ``(N, C, h, w)``."""
    mean = features.mean((2, 3))
    features = features - mean[:, :, None, None]
    return Statistics(features, mean, features.square().mean((2, 3)))


def l2_pool(features: Tensor) -> Tensor:
    """Halve the size by the root of a Hann-weighted mean of squares over 3x3 (the paper's Eq. 3)."""
    from torch.nn.functional import conv2d

    row = features.new_tensor([0.25, 0.5, 0.25])
    channels = features.shape[1]
    window = (row[:, None] * row).expand(channels, 1, 3, 3)
    pooled = conv2d(features.square(), window, stride=2, padding=1, groups=channels)
    return (pooled + 1e-12).sqrt()


def _through(layer: nn.Module, features: Tensor) -> Tensor:
    """One layer of VGG16, with the paper's pooling in place of its own."""
    from torch.nn import MaxPool2d

    passed: Tensor = l2_pool(features) if isinstance(layer, MaxPool2d) else layer(features)
    return passed


@method(
    "dists",
    lower_is_better=True,
    citation=CITATION,
    weights=("vgg16-features", "dists"),
    trained_on=("KADID-10k", "DTD"),
    minimum_size=16,
    differentiable=True,
    int8=True,
)
class Dists(Method):
    """Deep image structure and texture similarity on VGG16 features.

    0 for identical images, lower is better. ``resize`` shrinks the short side to 256 pixels first, as in the paper's
    experiments; the authors' code leaves it out unless asked, and so does this.
    """

    int8_nearness = (
        "SRCC between the two within contents was .9991 on 728 restored images of 26 photographs, in RGB, and .9994 on "
        "160 of mini, where SRCC with labels moved by less than .0001"
    )
    map_shows = (
        "the difference in structure at each place; that in texture, which the score takes over the whole image, is "
        "the same everywhere; their mean is the score"
    )

    def __init__(self, resize: bool = False) -> None:
        import torch

        from baselines.shared.backbones import TAPS, backbone
        from iqabench import weights

        self._resize = resize
        self._features = backbone("vgg")
        self._taps = TAPS["vgg"]
        state = weights.load("dists")
        total = state["alpha"].sum() + state["beta"].sum()
        self._alpha = (state["alpha"] / total).flatten()
        self._beta = (state["beta"] / total).flatten()
        self._mean = torch.tensor(MEAN).view(1, 3, 1, 1)
        self._deviation = torch.tensor(DEVIATION).view(1, 3, 1, 1)

    def to(self, device: torch.device | str) -> Dists:
        """Move the network to ``device``."""
        self._features.to(device)
        self._alpha, self._beta = self._alpha.to(device), self._beta.to(device)
        self._mean, self._deviation = self._mean.to(device), self._deviation.to(device)
        return self

    def fused(self, precision: str) -> Dists:
        """A copy for scoring alone; in int8 the convolutions but the first compute in 8 bits. bf16 is autocast's."""
        from torch import nn

        from iqabench.scoring.fused import fused

        if precision == "bf16":
            return self
        lean = copy(self)
        lean._features = nn.Sequential(*fused(self._features, precision).children())
        if precision == "int8":
            from iqabench.scoring.calibration import Seen, calibration_images
            from iqabench.scoring.kept import sequence_in_int8

            def seen() -> Seen:
                images = [(one - self._mean) / self._deviation for one in calibration_images(SEEN)]
                return Seen(images, images, None)

            lean._features = sequence_in_int8(self.info.name, lean._features, seen, _through)
        return lean

    def _layers(self, images: Tensor) -> list[Statistics]:
        from torch.nn.functional import interpolate

        short = min(images.shape[-2:])
        if self._resize and short > 256:
            size = [round(side * 256 / short) for side in images.shape[-2:]]
            images = interpolate(images, size=size, mode="bilinear", antialias=True)
        activation = (images - self._mean) / self._deviation
        layers = [centred(images)]
        for index, layer in enumerate(self._features):
            activation = _through(layer, activation)
            if index in self._taps:
                layers.append(centred(activation))
        return layers

    def prepare(self, reference: Tensor) -> DistsReference:
        """Compute the features and statistics of the reference ``(1, 3, H, W)`` once.

        Raises DataError if it is too small.
        """
        check_images(self.info, reference)
        return DistsReference(reference, self._layers(reference))

    def score(self, restored: Tensor, prepared: DistsReference) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``. Raises DataError if the sizes differ."""
        import torch

        check_images(self.info, restored, prepared.shown)
        texture, structure = [], []
        for ours, theirs in zip(self._layers(restored), prepared.layers, strict=True):
            means = ours.mean.square() + theirs.mean.square()
            texture.append((2 * ours.mean * theirs.mean + EPSILON) / (means + EPSILON))
            # Both are centred already, which spares float32 the difference of two large numbers.
            covariance = (ours.features * theirs.features).mean((2, 3))
            structure.append((2 * covariance + EPSILON) / (ours.variance + theirs.variance + EPSILON))
        similarity = torch.cat(texture, 1) @ self._alpha + torch.cat(structure, 1) @ self._beta
        return 1 - similarity

    def map(self, restored: Tensor, prepared: DistsReference) -> Tensor:
        """What each place adds to the score, ``(N, H, W)``, at least 0; the mean is the score.

        One minus the similarity of structure (Eq. 7) is the mean over positions of the squared difference of the
        centred features by the sum of their variances. The similarity of texture (Eq. 6) compares the means of whole
        layers: it has no place, and its part is spread evenly.
        """
        from iqabench.methods.maps import spread

        check_images(self.info, restored, prepared.shown)
        height, width = restored.shape[-2:]
        total = restored.new_zeros((len(restored), height, width))
        widths = [layer.features.shape[1] for layer in prepared.layers]
        alphas, betas = self._alpha.split(widths), self._beta.split(widths)
        for ours, theirs, alpha, beta in zip(self._layers(restored), prepared.layers, alphas, betas, strict=True):
            means = ours.mean.square() + theirs.mean.square()
            texture = ((ours.mean - theirs.mean).square() / (means + EPSILON)) @ alpha
            share = beta / (ours.variance + theirs.variance + EPSILON)
            squares = (ours.features - theirs.features).square() * share[:, :, None, None]
            total += spread(squares.sum(1), height, width) + texture[:, None, None]
        return total

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """Their mean."""
        return maps.mean((1, 2))
