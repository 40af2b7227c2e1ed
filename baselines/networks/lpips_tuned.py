"""LPIPS with trained heads; :mod:`baselines.full_reference.lpips_tuned` says what is known of it."""

from __future__ import annotations

import torch

from baselines.full_reference.lpips_tuned import LPIPS_TUNED, RECIPES
from baselines.shared.feature_trunk import FeatureTrunk
from baselines.shared.recipes import find_recipe
from baselines.shared.tuned_distance import TunedDistance
from iqabench._util.errors import WeightsError
from iqabench.methods.untrained import mark_trained
from iqabench.training import TrainingSet
from iqabench.weights import load
from iqabench.weights.record import starting_digests

PUBLISHED_HEADS = {"alexnet": "lpips-heads-alex", "vgg16": "lpips-heads-vgg"}


class LpipsTuned(TunedDistance):
    """LPIPS on the features ``trunk`` (``alexnet`` or ``vgg16``) with trained heads. Lower is better."""

    info = LPIPS_TUNED.info

    def __init__(self, recipe: str = "paper", trunk: str = "alexnet") -> None:
        chosen = find_recipe(RECIPES, recipe, "lpips-tuned")
        super().__init__(FeatureTrunk(trunk), chosen.dropout)
        self.recipe = chosen.recipe

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
