"""PieAPP as a network that is trained; :mod:`baselines.full_reference.pieapp` says what is known of it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from baselines.full_reference.pieapp import PIEAPP, RECIPES
from baselines.shared.images import check_images
from baselines.shared.layers import he_start, start_output_at
from baselines.shared.patches import grid_patches, random_patches
from baselines.shared.ranking import pairs_of, squared_preference_loss
from baselines.shared.recipes import find_recipe
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet

PATCH = 64
HIDDEN = 512
CHUNK = 64
"""Patches computed at once when scoring: bounds the memory, whatever the size of the image."""


class PatchError(nn.Module):
    """Features of patches, and error and weight of their differences; ``width`` channels at first (64 in the paper)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        w = width
        pool = nn.MaxPool2d(2)
        self.blocks = nn.ModuleList(
            nn.Sequential(*layers)
            for layers in (
                [*_conv(3, w), *_conv(w, w), pool, *_conv(w, w)],
                [*_conv(w, 2 * w), pool, *_conv(2 * w, 2 * w)],
                [*_conv(2 * w, 2 * w), pool, *_conv(2 * w, 4 * w)],
                [*_conv(4 * w, 4 * w), pool, *_conv(4 * w, 4 * w)],
                [*_conv(4 * w, 8 * w), pool, *_conv(8 * w, 8 * w)],
            )
        )
        last = 8 * w * 2 * 2
        features = w * 32 * 32 + 2 * w * 16 * 16 + 4 * w * 8 * 8 + 4 * w * 4 * 4 + last
        self.error = nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        self.weight = nn.Sequential(nn.Linear(last, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
        self.last = last

    def features(self, patches: Tensor) -> Tensor:
        """``(P, 3, 64, 64)`` in [0, 1] to the five layers' features one after another, ``(P, F)``."""
        seen, patches = [], 2 * patches - 1
        for block in self.blocks:
            patches = block(patches)
            seen.append(patches.flatten(1))
        return torch.cat(seen, dim=1)

    def forward(self, restored: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """Features ``(P, F)`` of R and of the reference to each patch's error and positive weight, ``(P,)``."""
        difference = restored - reference
        return self.error(difference)[:, 0], softplus(self.weight(difference[:, -self.last :])[:, 0]) + 1e-6


class PieappReference(NamedTuple):
    """A reference ``(1, 3, H, W)`` and the features ``(P, F)`` of its grid of patches."""

    shown: Tensor
    patches: Tensor


def _conv(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]


class PieApp(NetworkMethod):
    """PieAPP trained on the split; ``stride`` is the step of the grid at test time. Lower is better."""

    info = PIEAPP.info
    start = "random"

    def __init__(self, recipe: str = "paper", stride: int = 32) -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "pieapp")
        self.recipe = chosen.recipe
        self.patches = chosen.patches
        self.stride = stride
        self.network = PatchError(chosen.width)

    def initialise(self, data: TrainingSet) -> None:
        """He et al.'s start; every patch begins with an error near 0 and the same weight."""
        super().initialise(data)
        he_start(self.network)
        for head in (self.network.error, self.network.weight):
            last = head[-1]
            assert isinstance(last, nn.Linear)
            start_output_at(last, 0.0)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Squared error of the preference between a row and its partner, each beside its own D, as when scoring."""
        pairs = pairs_of(batch, self.info.name)
        shown = [pairs.restored, pairs.degraded, pairs.partner, pairs.partner_degraded]
        cut = random_patches(shown, PATCH, self.patches)
        features = self.network.features(torch.cat(cut).flatten(0, 1))
        first, first_shown, second, second_shown = features.chunk(4)
        shape = (len(batch), self.patches)
        return squared_preference_loss(
            self._weighted_mean(first, first_shown, shape),
            self._weighted_mean(second, second_shown, shape),
            pairs.preferred,
        )

    def prepare(self, reference: Tensor) -> PieappReference:
        """Features of the reference's grid of patches. Raises DataError below 64 pixels."""
        check_images(self.info, reference)
        return PieappReference(reference, self._grid_features(reference))

    def score(self, restored: Tensor, prepared: PieappReference) -> Tensor:
        """Perceptual error, ``(N,)``. Raises DataError below 64 pixels or for another size."""
        check_images(self.info, restored, prepared.shown)
        scores = [self._weighted_mean(self._grid_features(one[None]), prepared.patches, (1, -1)) for one in restored]
        return torch.cat(scores)

    def _grid_features(self, image: Tensor) -> Tensor:
        patches = grid_patches(image, PATCH, self.stride).flatten(0, 1)
        return torch.cat([self.network.features(chunk) for chunk in patches.split(CHUNK)])

    def _weighted_mean(self, restored: Tensor, reference: Tensor, shape: tuple[int, int]) -> Tensor:
        error, weight = (values.view(shape) for values in self.network(restored, reference))
        return (error * weight).sum(1) / weight.sum(1)
