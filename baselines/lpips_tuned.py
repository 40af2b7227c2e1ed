"""LPIPS whose heads are trained on the split.

Zhang, Isola, Efros, Shechtman and Wang, CVPR 2018; ranking loss with M = 400 of Gu et al. 2020.

From the paper: unit-length features of five layers of AlexNet or VGG16, non-negative 1×1 heads, the mean
over the image, Adam at 1e-4, dropout 0.5 before the heads. Training starts from the published heads of
the package ``lpips`` (version 0.1, trained on BAPPS). Chosen here: one learned slope as the judge of a
pair instead of LPIPS's small network; ``quick`` trains at a higher rate and without dropout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from baselines import trained_catalogue
from baselines.feature_trunk import DistanceHeads, FeatureTrunk, Prepared
from baselines.images import check_images
from baselines.presets import chosen
from baselines.ranking import DistanceRanking, pairs_of
from iqabench.errors import WeightsError
from iqabench.training import Batch, NetworkMethod, Optimiser, Recipe, Stage, TrainingSet
from iqabench.weights import load

PUBLISHED_HEADS = {"alexnet": "lpips-heads-alex", "vgg16": "lpips-heads-vgg"}


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
            (Stage("rank", 24, Optimiser("adam", 1e-2, weight_decay=0.0), 0.5, "cosine", pairs=True, crop=128),),
            batch_size=8,
        ),
        dropout=0.0,
    ),
}


class LpipsTuned(NetworkMethod):
    """LPIPS on the features ``trunk`` (``alexnet`` or ``vgg16``) with trained heads. Lower is better."""

    info = trained_catalogue.LPIPS_TUNED.info

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
        self.load_published()

    def load_published(self) -> None:
        """Take over the pretrained features and the published heads: LPIPS as published."""
        note = self.trunk.start()
        if note is not None:
            self.notes.append(note)
        try:
            heads = load(PUBLISHED_HEADS[self.trunk.name])
        except WeightsError as error:
            self.notes.append(f"heads trained from equal weights: {error}")
            return
        with torch.no_grad():
            for layer, raw in enumerate(self.heads.raw):
                raw.copy_(heads[f"lin{layer}.model.1.weight"].flatten())

    def trainable_parameters(self, stage: Stage) -> list[torch.nn.Parameter]:
        """The heads and the judge's slope; the features stay as they are."""
        return [*self.heads.parameters(), *self.ranking.parameters()]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Cross-entropy of the preference between a row and its partner, each beside its own D, as when scoring."""
        pairs = pairs_of(batch, self.info.name)
        near = self.score(pairs.restored, self.prepare(pairs.degraded))
        far = self.score(pairs.partner, self.prepare(pairs.partner_degraded))
        return self.ranking(near, far, pairs.preferred)

    def prepare(self, reference: Tensor) -> Prepared:
        """Unit-length features of the reference, five layers. Raises DataError below 32 pixels."""
        check_images(self.info, reference)
        return Prepared(reference, self.trunk.unit(reference))

    def score(self, restored: Tensor, prepared: Prepared) -> Tensor:
        """Distance to the prepared reference, ``(N,)``, not negative. Raises DataError for a size it cannot take."""
        check_images(self.info, restored, prepared.shown)
        seen = self.trunk.unit(restored)
        return self.heads([(r - d).square() for r, d in zip(seen, prepared.layers, strict=True)])
