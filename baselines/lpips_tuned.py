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

from baselines import trained_catalogue
from baselines.feature_trunk import FeatureTrunk
from baselines.presets import chosen
from baselines.tuned_distance import TunedDistance
from iqabench._util.errors import WeightsError
from iqabench.methods.untrained import mark_trained
from iqabench.training import Optimiser, Recipe, Stage, TrainingSet
from iqabench.weights import load
from iqabench.weights.record import starting_digests

PUBLISHED_HEADS = {"alexnet": "lpips-heads-alex", "vgg16": "lpips-heads-vgg"}


@dataclass(frozen=True)
class LpipsTunedRecipe:
    """A recipe with the dropout before the heads."""

    recipe: Recipe
    dropout: float


PRESETS = {
    "paper": LpipsTunedRecipe(
        Recipe("paper", (Stage("rank", 10, Optimiser("adam", 1e-4, weight_decay=0.0), pairs=True),), batch_size=50),
        dropout=0.5,
    ),
    "quick": LpipsTunedRecipe(
        Recipe(
            "quick",
            (Stage("rank", 24, Optimiser("adam", 1e-2, weight_decay=0.0), 0.5, "cosine", pairs=True, crop=128),),
            batch_size=8,
        ),
        dropout=0.0,
    ),
}


class LpipsTuned(TunedDistance):
    """LPIPS on the features ``trunk`` (``alexnet`` or ``vgg16``) with trained heads. Lower is better."""

    info = trained_catalogue.LPIPS_TUNED.info

    def __init__(self, recipe: str = "paper", trunk: str = "alexnet") -> None:
        preset = chosen(PRESETS, recipe, "lpips-tuned")
        super().__init__(FeatureTrunk(trunk), preset.dropout)
        self.recipe = preset.recipe

    def starting_weights(self) -> dict[str, str | None]:
        """Those of the trunk, and the published heads."""
        return super().starting_weights() | starting_digests([PUBLISHED_HEADS[self.trunk.name]])

    def initialise(self, data: TrainingSet) -> None:
        """Pretrained features and published heads; a note for each that cannot be had."""
        super().initialise(data)
        self.load_published_heads()

    def load_published(self) -> None:
        """Take over the pretrained features and the published heads: LPIPS as published."""
        self.load_trunk()
        self.load_published_heads()
        mark_trained(self)

    def load_published_heads(self) -> None:
        """Take over the published heads; where they cannot be had, a note, and heads that are equal."""
        try:
            heads = load(PUBLISHED_HEADS[self.trunk.name])
        except WeightsError as error:
            self.notes.append(f"heads trained from equal weights: {error}")
            return
        with torch.no_grad():
            for layer, raw in enumerate(self.heads.raw):
                raw.copy_(heads[f"lin{layer}.model.1.weight"].flatten())
        if self.start == "imagenet":
            self.start = "published"
