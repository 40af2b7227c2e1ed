"""LPIPS whose heads are trained on the split.

Zhang, Isola, Efros, Shechtman and Wang, CVPR 2018; ranking loss with M = 400 of Gu et al. 2020.

From the paper: unit-length features of five layers of AlexNet or VGG16, non-negative 1×1 heads, the mean
over the image, Adam at 1e-4, dropout 0.5 before the heads. Training starts from the published heads of
the package ``lpips`` (version 0.1, trained on BAPPS). Chosen here: one learned slope as the judge of a
pair instead of LPIPS's small network; ``quick`` trains at a higher rate and without dropout.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from baselines.feature_trunk import DistanceHeads, FeatureTrunk
from baselines.patches import require_size
from baselines.presets import chosen
from baselines.ranking import DistanceRanking, elo_probability
from iqabench.errors import DataError
from iqabench.training import Batch, NetworkMethod, Optimiser, Recipe, Stage, TrainingSet

MINIMUM_SIZE = 32
PUBLISHED_NAMES = {"alexnet": "alex", "vgg16": "vgg"}


def published_heads(trunk: str) -> list[Tensor] | None:
    """Weights ``(C,)`` of the five published heads (v0.1), or None without the package ``lpips``."""
    package = find_spec("lpips")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "weights" / "v0.1" / f"{PUBLISHED_NAMES[trunk]}.pth"
    if not path.is_file():
        return None
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    return [tensors[f"lin{layer}.model.1.weight"].flatten() for layer in range(5)]


@dataclass(frozen=True)
class Preset:
    """A recipe with the dropout before the heads."""

    recipe: Recipe
    dropout: float


PRESETS = {
    "paper": Preset(
        Recipe("paper", (Stage("rank", 10, Optimiser("adam", 1e-4, weight_decay=0.0), pairs=True),), batch_size=50),
        dropout=0.5,
    ),
    "quick": Preset(
        Recipe(
            "quick",
            (Stage("rank", 5, Optimiser("adam", 1e-2, weight_decay=0.0), 0.5, "cosine", pairs=True, crop=128),),
            batch_size=8,
        ),
        dropout=0.0,
    ),
}


class LpipsTuned(NetworkMethod):
    """LPIPS on the features ``trunk`` (``alexnet`` or ``vgg16``) with trained heads. Lower is better."""

    training_only = ("ranking.",)

    def __init__(self, recipe: str = "paper", trunk: str = "alexnet") -> None:
        super().__init__()
        preset = chosen(PRESETS, recipe, "lpips-tuned")
        self.recipe = preset.recipe
        self.settings = {"recipe": recipe, "trunk": trunk}
        self.trunk = FeatureTrunk(trunk)
        self.heads = DistanceHeads(self.trunk.trunk.channels, preset.dropout)
        self.ranking = DistanceRanking()

    def initialise(self, data: TrainingSet) -> None:
        """Pretrained features and published heads; a note for each that cannot be had."""
        super().initialise(data)
        self.start()

    def start(self) -> None:
        """Take over the pretrained features and the published heads: LPIPS as published."""
        note = self.trunk.start()
        if note is not None:
            self.notes.append(note)
        heads = published_heads(self.trunk.name)
        if heads is None:
            self.notes.append("heads trained from equal weights: the package lpips with the published ones is missing")
            return
        with torch.no_grad():
            for raw, weights in zip(self.heads.raw, heads, strict=True):
                raw.copy_(weights)

    def trainable_parameters(self, stage: Stage) -> list[torch.nn.Parameter]:
        """The heads and the judge's slope; the features stay as they are."""
        return [*self.heads.parameters(), *self.ranking.parameters()]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Cross-entropy of the preference between a row and its partner, both seen beside the row's D."""
        if batch.degraded is None or batch.partner is None or batch.partner_quality is None:
            raise DataError("lpips-tuned trains on pairs with a degraded reference; the training set has none")
        reference = self.prepare(batch.degraded)
        return self.ranking(
            self.score(batch.restored, reference),
            self.score(batch.partner, reference),
            elo_probability(batch.quality, batch.partner_quality),
        )

    def prepare(self, reference: Tensor) -> list[Tensor]:
        """Unit-length features of the reference, five layers. Raises DataError below 32 pixels."""
        require_size(reference, MINIMUM_SIZE, "lpips-tuned")
        return self.trunk.unit(reference)

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Distance to the prepared reference, ``(N,)``, at least 0. Raises DataError below 32 pixels."""
        require_size(restored, MINIMUM_SIZE, "lpips-tuned")
        seen = self.trunk.unit(restored)
        return self.heads([(r - d).square() for r, d in zip(seen, prepared, strict=True)])
