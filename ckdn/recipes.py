"""Recipes of training. They differ in named parameters only, each of which can be given on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ckdn.architecture import Difference, Passes
from ckdn.losses import Distillation, RelativeTarget
from ckdn.preprocess import EIGHT_BIT, FULL, NATIVE, Preprocess
from ckdn.variants import Pretraining
from iqabench.training import Optimiser, Recipe, Stage


@dataclass(frozen=True)
class Hyperparameters:
    """Everything that shapes the weights beside data, architecture and start."""

    name: str
    preprocess: Preprocess
    difference: Difference
    passes: Passes
    distillation: Distillation
    """Form of the last term of Eq. 4."""
    distillation_weight: float
    """Its weight, lambda."""
    relative_target: RelativeTarget
    relative_weight: float
    """Factor of the loss of Eq. 5."""
    optimiser: Literal["sgd", "adamw"]
    learning_rate: float
    warmup_epochs: float
    """Of each stage."""
    schedule: Literal["constant", "cosine"]
    weight_decay: float
    pretraining_epochs: int
    epochs: int
    """Of the second stage."""
    batch_size: int
    crop: int | None
    elo_scale: float = 0.4
    """M of Eq. 5 in units of quality: 400 of PIPAL's 1000 Elo points."""
    imagenet_learning_rate: float | None = None
    """Learning rate from a trained start (ImageNet or shipped), where it differs from that of a random one."""


PAPER = Hyperparameters(
    name="paper",
    preprocess=FULL,
    difference="paper",
    passes="joint",
    distillation="mean",
    distillation_weight=10.0,
    relative_target="first",
    relative_weight=1.0,
    optimiser="sgd",
    learning_rate=0.15,
    # "A warm-up" in the paper, of a length it does not state.
    warmup_epochs=1.0,
    schedule="constant",
    weight_decay=1e-4,
    pretraining_epochs=10,
    epochs=20,
    batch_size=64,
    crop=None,
)

RELEASED = Hyperparameters(
    name="released",
    preprocess=EIGHT_BIT,
    difference="released",
    passes="separate",
    distillation="squared",
    distillation_weight=30.0,
    relative_target="second",
    relative_weight=0.5,
    optimiser="sgd",
    learning_rate=0.16,
    warmup_epochs=0.0,
    schedule="constant",
    weight_decay=1e-4,
    pretraining_epochs=10,
    epochs=20,
    batch_size=64,
    crop=None,
)

QUICK = Hyperparameters(
    name="quick",
    preprocess=NATIVE,
    difference="paper",
    passes="joint",
    distillation="mean",
    distillation_weight=10.0,
    relative_target="first",
    relative_weight=1.0,
    optimiser="adamw",
    learning_rate=1e-3,
    warmup_epochs=1.0,
    schedule="cosine",
    weight_decay=1e-2,
    pretraining_epochs=15,
    epochs=40,
    batch_size=16,
    crop=64,
    imagenet_learning_rate=3e-4,
)
"""For about a hundred images, from either start, on two CPU cores in minutes.

Its losses are those of ``paper``. Crops of the native pixels stand in for whole images (a new one in every epoch), and
AdamW with a falling rate for SGD at a rate that needs the ImageNet start and many more steps.
"""

RECIPES = {recipe.name: recipe for recipe in (PAPER, RELEASED, QUICK)}


def build_recipe(chosen: Hyperparameters, pretraining: Pretraining) -> Recipe:
    """The two stages: ``relative`` or ``absolute`` pre-training of the embedding, then ``scores``."""
    optimiser = Optimiser(name=chosen.optimiser, learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay)

    def stage(name: str, epochs: int) -> Stage:
        return Stage(
            name,
            epochs,
            optimiser,
            warmup_epochs=min(chosen.warmup_epochs, epochs),
            schedule=chosen.schedule,
            pairs=name == "relative",
            crop=chosen.crop,
        )

    stages = [stage("scores", chosen.epochs)]
    if pretraining != "none" and chosen.pretraining_epochs > 0:
        stages.insert(0, stage(pretraining, chosen.pretraining_epochs))
    return Recipe(chosen.name, tuple(stages), batch_size=chosen.batch_size)
