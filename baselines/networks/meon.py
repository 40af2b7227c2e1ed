"""MEON as a network that is trained; :mod:`baselines.no_reference.meon` says what is known of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from baselines.networks.gdn import GDN
from baselines.no_reference.meon import MEON, RECIPES
from baselines.shared.images import check_images
from baselines.shared.layers import he_start, start_output_at
from baselines.shared.patches import grid_patches
from baselines.shared.recipes import find_recipe
from iqabench._util.errors import DataError
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet


class MeonNetwork(nn.Module):
    """Logits and qualities of ``categories`` distortions; images of at least 171×171 pixels."""

    def __init__(self, categories: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=2, padding=2),
            GDN(8),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 5, stride=2, padding=2),
            GDN(16),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
            GDN(32),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3),
            GDN(64),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
        )
        self.identify = nn.Sequential(nn.Linear(64, 128), GDN(128), nn.Linear(128, categories))
        self.rate = nn.Sequential(nn.Linear(64, 256), GDN(256), nn.Linear(256, categories))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 3, H, W)`` in [0, 1] to logits and qualities, ``(N, categories)`` both."""
        features = self.shared(2 * images - 1)
        return self.identify(features), self.rate(features)


def mixed_quality(logits: Tensor, qualities: Tensor, seen: Tensor) -> Tensor:
    """``pᵀ s`` over the categories ``seen`` in training: ``(N, C)``, ``(N, C)``, bool ``(C,)`` to ``(N,)``."""
    probability = logits.masked_fill(~seen, -torch.inf).softmax(1)
    return (probability * qualities).sum(1)


class Meon(NetworkMethod):
    """MEON with places for ``categories`` categories (PIPAL has seven)."""

    info = MEON.info
    start = "random"

    seen: Tensor

    def __init__(self, recipe: str = "paper", categories: int = 7) -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "meon")
        self.recipe = chosen.recipe
        self.window = chosen.window
        self.places = categories
        self.network = MeonNetwork(categories)
        self.register_buffer("seen", torch.ones(categories, dtype=torch.bool))

    def initialise(self, data: TrainingSet) -> None:
        """He et al.'s start, quality 0.5. Raises DataError if the data have more categories than places."""
        super().initialise(data)
        present = len(data.categories)
        if present > self.places:
            raise DataError(
                f"meon has places for {self.places} categories and the training part has {present}; "
                f"set its parameter categories={present}"
            )
        he_start(self.network)
        last = self.network.rate[-1]
        assert isinstance(last, nn.Linear)
        start_output_at(last, 0.5)
        self.seen.copy_(torch.arange(self.places) < present)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Cross-entropy of the category; in the stage ``rate`` also the mean absolute error of the score."""
        logits, qualities = self.network(batch.restored)
        identification = cross_entropy(logits.masked_fill(~self.seen, -torch.inf), batch.category)
        if stage.name == "identify":
            return identification
        return identification + (mixed_quality(logits, qualities, self.seen) - batch.quality).abs().mean()

    def prepare(self, reference: Tensor) -> None:
        """A no-reference method looks at no reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Mean over half-overlapping windows, ``(N,)``. Raises DataError below 171 pixels."""
        check_images(self.info, restored)
        side = (min(self.window, restored.shape[-2]), min(self.window, restored.shape[-1]))
        windows = grid_patches(restored, side, self.window // 2)
        logits, qualities = self.network(windows.flatten(0, 1))
        scores = mixed_quality(logits, qualities, self.seen)
        return scores.view(windows.shape[:2]).mean(1)
