"""LPIPS whose heads are trained on the split.

Zhang, Isola, Efros, Shechtman and Wang, CVPR 2018; ranking loss with M = 400 of Gu et al. 2020.

From the paper: unit-length features of five layers of AlexNet or VGG16, non-negative 1×1 heads, the mean
over the image, Adam at 1e-4, dropout 0.5 before the heads. Training starts from the published heads of
the package ``lpips`` (version 0.1, trained on BAPPS). Chosen here: one learned slope as the judge of a
pair instead of LPIPS's small network; ``quick`` trains at a higher rate and without dropout.
"""

from __future__ import annotations

from dataclasses import dataclass

from baselines.full_reference.lpips import CITATION
from iqabench import MethodInfo
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

LPIPS_TUNED = declare(
    MethodInfo(
        name="lpips-tuned",
        lower_is_better=True,
        summary="LPIPS whose published heads are trained further on the split",
        citation=CITATION,
        weights=("alexnet-features",),
        trained_on=("bapps",),
        trainable=True,
        differentiable=True,
        training_references=("degraded",),
        minimum_size=32,
    ),
    "baselines.networks.lpips_tuned:LpipsTuned",
)


@dataclass(frozen=True)
class LpipsTunedRecipe:
    """A recipe with the dropout before the heads."""

    recipe: Recipe
    dropout: float


RECIPES = {
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
