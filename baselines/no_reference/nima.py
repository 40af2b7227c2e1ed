"""NIMA: no-reference quality as the mean of a predicted distribution of opinions.

Talebi and Milanfar, IEEE Transactions on Image Processing 27(8), 2018.

From the paper: an ImageNet backbone whose last layer gives ten bins by softmax, dropout before it, the
squared earth mover's distance (r = 2) as the loss, the mean of the distribution as the score.
Chosen here: any timm backbone (default ``mobilenetv3_small_100``; the paper's smallest is MobileNet);
images at their own size, since resizing hides the artefacts of restoration; Adam with one rate
for all layers, where the paper has two rates of SGD.

The target: PIPAL has a mean and no histogram. A quality q (clipped to [0, 1]) stands at 1 + 9q on the
scale of the bins 1 to 10, and its mass is shared between the two nearest bins so that the mean is exact:
the narrowest distribution that ten bins can hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo, Paradigm
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

NIMA = declare(
    MethodInfo(
        name="nima",
        version="2",
        paradigms=(Paradigm.NR,),
        summary="Mean of a predicted distribution of opinions over ten bins, trained on the split",
        citation="""@article{talebi2018nima,
  author = {Talebi, Hossein and Milanfar, Peyman},
  title = {{NIMA}: Neural Image Assessment},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {8},
  pages = {3998--4011},
  year = {2018}
}""",
        trainable=True,
        differentiable=True,
        minimum_size=32,
    ),
    "baselines.networks.nima:Nima",
)


@dataclass(frozen=True)
class NimaRecipe:
    """A recipe with the dropout before the last layer."""

    recipe: Recipe
    dropout: float


RECIPES = {
    "paper": NimaRecipe(
        Recipe(
            "paper",
            (Stage("distribution", 30, Optimiser("adamw", 1e-4, weight_decay=1e-4), 1.0, "cosine"),),
            batch_size=32,
        ),
        dropout=0.75,
    ),
    "quick": NimaRecipe(
        Recipe(
            "quick",
            (Stage("distribution", 50, Optimiser("adamw", 2e-3, weight_decay=1e-2), 1.0, "cosine", crop=160),),
            batch_size=16,
        ),
        dropout=0.2,
    ),
}
