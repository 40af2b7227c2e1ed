"""DIQaM, weighted (WaDIQaM-NR): no-reference quality from 32×32 patches.

Bosse, Maniry, Müller, Wiegand and Samek, IEEE Transactions on Image Processing 27(1), 2018.

From the paper: ten 3×3 convolutions and five poolings, one head for the quality and one for the
weight of a patch, their weighted mean as the image's score, mean absolute error, Adam at 1e-4,
batches of 4 images with 32 random patches each; no local normalisation of the input.
Chosen here: a fixed grid of patches at test time instead of random ones, so that scores repeat;
60 epochs where the paper trains 3,000 on sets a hundred times smaller; inputs in [-1, 1];
``quick`` has half the channels, 12 patches per image and a higher rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo, Paradigm
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

DIQAM = declare(
    MethodInfo(
        name="diqam",
        paradigms=(Paradigm.NR,),
        summary="Patch-based network with learned patch weights (WaDIQaM-NR), trained on the split",
        citation="""@article{bosse2018diqam,
  author = {Bosse, Sebastian and Maniry, Dominique and M{\\"u}ller, Klaus-Robert
            and Wiegand, Thomas and Samek, Wojciech},
  title = {Deep Neural Networks for No-Reference and Full-Reference Image Quality Assessment},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {1},
  pages = {206--219},
  year = {2018}
}""",
        trainable=True,
        differentiable=True,
        minimum_size=32,
    ),
    "baselines.networks.diqam:Diqam",
)


@dataclass(frozen=True)
class DiqamRecipe:
    """A recipe with the size of the network and the patches per training image."""

    recipe: Recipe
    width: int
    patches: int


RECIPES = {
    "paper": DiqamRecipe(
        Recipe("paper", (Stage("regress", 60, Optimiser("adam", 1e-4, weight_decay=0.0)),), batch_size=4),
        width=32,
        patches=32,
    ),
    "quick": DiqamRecipe(
        Recipe(
            "quick",
            (Stage("regress", 40, Optimiser("adam", 1e-3, weight_decay=0.0), 0.5, "cosine", clip_norm=1.0),),
            batch_size=4,
        ),
        width=16,
        patches=12,
    ),
}
