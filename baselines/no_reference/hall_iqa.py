"""Hall-IQA: no-reference quality from the difference between R and a hallucinated reference.

Lin and Wang, CVPR 2018 (Hallucinated-IQA).

From the paper: a generator makes a reference from R, taught by pixels, by deep features and by a
discriminator; R and the map of its discrepancy from the hallucination go to a regressor, which also sees
the generator's innermost features; the discriminator of the second stage calls a hallucination real if the
regressor scores the image well with it (error below a threshold); mean absolute error of the quality.
Pristine images are seen in training alone.
Chosen here: a small residual U-Net and strided convolutions for the paper's larger networks; discriminator
and generator descend in one step, their quarrel being a gradient that is reversed on its way to the
generator, so that the shared training loop needs no second optimiser; all weights of the losses.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo, Paradigm
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

HALL_IQA = declare(
    MethodInfo(
        name="hall-iqa",
        paradigms=(Paradigm.NR,),
        summary="Compares the image with a hallucinated reference, trained on the split",
        citation="""@inproceedings{lin2018hallucinated,
  author = {Lin, Kwan-Yee and Wang, Guanxiang},
  title = {Hallucinated-{IQA}: No-Reference Image Quality Assessment via Adversarial Learning},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  pages = {732--741},
  year = {2018}
}""",
        weights=("vgg16-features",),
        trainable=True,
        differentiable=True,
        training_references=("pristine",),
        minimum_size=64,
    ),
    "baselines.networks.hall_iqa:HallIqa",
)


@dataclass(frozen=True)
class HallRecipe:
    """A recipe with the size of the networks and the trunk of the feature loss."""

    recipe: Recipe
    width: int
    trunk: str


RECIPES = {
    "paper": HallRecipe(
        Recipe(
            "paper",
            (
                Stage("hallucinate", 20, Optimiser("adam", 2e-4, weight_decay=0.0), crop=256),
                Stage("joint", 30, Optimiser("adam", 2e-4, weight_decay=0.0), crop=256),
            ),
            batch_size=16,
        ),
        width=64,
        trunk="vgg16",
    ),
    "quick": HallRecipe(
        Recipe(
            "quick",
            (
                Stage("hallucinate", 6, Optimiser("adam", 1e-3, weight_decay=0.0), 0.5, "cosine", crop=96),
                Stage("joint", 14, Optimiser("adam", 2e-3, weight_decay=0.0), 0.5, "cosine", crop=128),
            ),
            batch_size=8,
        ),
        width=16,
        trunk="alexnet",
    ),
}
