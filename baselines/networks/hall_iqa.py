"""Hall-IQA as a network that is trained; :mod:`baselines.no_reference.hall_iqa` says what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate, leaky_relu, relu

from baselines.no_reference.hall_iqa import HALL_IQA, RECIPES
from baselines.shared.feature_trunk import TRUNKS, FeatureTrunk
from baselines.shared.images import check_images
from baselines.shared.layers import he_start, start_output_at
from baselines.shared.recipes import find_recipe
from iqabench._util.errors import DataError
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet
from iqabench.weights.record import starting_digests

FEATURE_WEIGHT = 0.1
ADVERSARIAL_WEIGHT = 0.01
HALLUCINATION_WEIGHT = 0.1
"""Share of the generator's losses in the second stage."""
CONVINCING_ERROR = 0.1
"""A hallucination is called real if the quality scored with it is off by less than this."""


class HallGenerator(nn.Module):
    """R to its hallucinated reference: a U-Net of two scales that adds a correction to R."""

    def __init__(self, width: int) -> None:
        super().__init__()
        w = width
        self.outer = nn.Conv2d(3, w, 3, padding=1)
        self.middle = nn.Conv2d(w, 2 * w, 3, stride=2, padding=1)
        self.inner = nn.Conv2d(2 * w, 4 * w, 3, stride=2, padding=1)
        self.residual = nn.Sequential(
            nn.Conv2d(4 * w, 4 * w, 3, padding=1), nn.ReLU(), nn.Conv2d(4 * w, 4 * w, 3, padding=1)
        )
        self.up_middle = nn.Conv2d(6 * w, 2 * w, 3, padding=1)
        self.up_outer = nn.Conv2d(3 * w, w, 3, padding=1)
        self.correction = nn.Conv2d(w, 3, 3, padding=1)

    def forward(self, restored: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 3, H, W)`` to the hallucination, same shape, and the innermost features ``(N, C, H/4, W/4)``."""
        outer = relu(self.outer(2 * restored - 1))
        middle = relu(self.middle(outer))
        inner = relu(self.inner(middle))
        inner = relu(inner + self.residual(inner))
        seen = relu(self.up_middle(torch.cat([interpolate(inner, middle.shape[-2:]), middle], 1)))
        seen = relu(self.up_outer(torch.cat([interpolate(seen, outer.shape[-2:]), outer], 1)))
        return restored + self.correction(seen), inner


class Discriminator(nn.Module):
    """Images ``(N, 3, H, W)`` to the logit of being a real reference, ``(N,)``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels = (3, width, 2 * width, 4 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 4, stride=2, padding=1) for before, after in pairwise(channels)
        )
        self.verdict = nn.Conv2d(4 * width, 1, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Mean of the logits of all places, ``(N,)``."""
        seen = 2 * images - 1
        for layer in self.layers:
            seen = leaky_relu(layer(seen), 0.2)
        return self.verdict(seen).mean((1, 2, 3))


class Regressor(nn.Module):
    """R, the discrepancy map and the generator's innermost features (``inner`` channels) to the quality ``(N,)``."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 6
        for after in (width, 2 * width, 4 * width, 8 * width):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            before = after
        self.features = nn.Sequential(*layers)
        self.fuse = nn.Sequential(nn.Linear(before + inner, 8 * width), nn.ReLU(), nn.Linear(8 * width, 1))

    def forward(self, restored: Tensor, hallucinated: Tensor, inner: Tensor) -> Tensor:
        """Qualities ``(N,)`` from restored and hallucinated images ``(N, 3, H, W)`` and features ``(N, C, h, w)``."""
        discrepancy = (restored - hallucinated).abs()
        seen = self.features(torch.cat([2 * restored - 1, 4 * discrepancy], 1))
        return self.fuse(torch.cat([seen.mean((2, 3)), inner.mean((2, 3))], 1))[:, 0]


class ReverseGradient(torch.autograd.Function):
    """The identity, whose gradient changes sign (Ganin and Lempitsky 2015)."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        """Pass ``images`` on."""
        return images.view_as(images)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Reverse ``gradient``."""
        return -gradient


class HallIqa(NetworkMethod):
    """Hall-IQA; trained with pristine images, scores without any reference."""

    info = HALL_IQA.info
    start = "random"

    training_only = ("discriminator.",)

    def __init__(self, recipe: str = "paper") -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "hall-iqa")
        self.recipe = chosen.recipe
        self.generator = HallGenerator(chosen.width)
        self.discriminator = Discriminator(chosen.width)
        self.regressor = Regressor(chosen.width, 4 * chosen.width)
        self.trunk_name = chosen.trunk
        # In a tuple the trunk is no part of the network: neither counted, nor trained, nor saved.
        self._trunk: tuple[FeatureTrunk, ...] = ()

    def starting_weights(self) -> dict[str, str | None]:
        """Those of the trunk whose features its loss compares."""
        return starting_digests([TRUNKS[self.trunk_name].weights])

    def initialise(self, data: TrainingSet) -> None:
        """He et al.'s start; the generator begins near the identity. A note if the trunk is random."""
        super().initialise(data)
        he_start(self)
        nn.init.normal_(self.generator.correction.weight, std=1e-3)
        last = self.regressor.fuse[-1]
        assert isinstance(last, nn.Linear)
        start_output_at(last, 0.5)
        trunk = FeatureTrunk(self.trunk_name)
        note = trunk.start()
        if note is not None:
            self.notes.append(note)
        self._trunk = (trunk,)

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """Without the regressor in the stage ``hallucinate``."""
        trained = [*self.generator.parameters(), *self.discriminator.parameters()]
        return trained if stage.name == "hallucinate" else [*trained, *self.regressor.parameters()]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """The generator's losses; in the stage ``joint`` the error of the quality and a share of them."""
        if batch.pristine is None:
            raise DataError("hall-iqa trains with pristine images; the training set has none")
        hallucinated, inner = self.generator(batch.restored)
        if stage.name == "hallucinate":
            convincing = torch.zeros_like(batch.quality)
            return self.hallucination_loss(hallucinated, batch.pristine, convincing)
        error = (self.regressor(batch.restored, hallucinated, inner) - batch.quality).abs()
        convincing = (error.detach() < CONVINCING_ERROR).to(error.dtype)
        return error.mean() + HALLUCINATION_WEIGHT * self.hallucination_loss(hallucinated, batch.pristine, convincing)

    def hallucination_loss(self, hallucinated: Tensor, pristine: Tensor, convincing: Tensor) -> Tensor:
        """Pixels, deep features and discriminator.

        The discriminator learns that ``pristine`` is real and that each hallucination is what
        ``convincing`` ``(N,)`` says (1: real); by the reversed gradient the generator learns to have
        the others, too, taken for real.
        """
        pixels = (hallucinated - pristine).square().mean()
        (trunk,) = self._trunk
        trunk = trunk.to(pristine.device)
        pairs = zip(trunk.unit(hallucinated), trunk.unit(pristine), strict=True)
        features = torch.stack([(h - p).square().sum(1).mean() for h, p in pairs]).mean()
        real = self.discriminator(pristine)
        # Only the hallucinations that fail the regressor teach the generator: it has nothing to fool with the others.
        kept = convincing.view(-1, 1, 1, 1)
        made = self.discriminator(kept * hallucinated.detach() + (1 - kept) * ReverseGradient.apply(hallucinated))
        adversarial = binary_cross_entropy_with_logits(real, torch.ones_like(real))
        adversarial = adversarial + binary_cross_entropy_with_logits(made, convincing)
        return pixels + FEATURE_WEIGHT * features + ADVERSARIAL_WEIGHT * adversarial

    def prepare(self, reference: Tensor) -> None:
        """A no-reference method looks at no reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Quality ``(N,)`` from R and its own hallucination. Raises DataError below 64 pixels."""
        check_images(self.info, restored)
        return self.regressor(restored, *self.generator(restored))
