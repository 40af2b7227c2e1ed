"""PieAPP: perceptual error of 64×64 patches, learned from pairwise preference.

Prashnani, Cai, Mostofi and Sen, CVPR 2018.

From the paper: eleven 3×3 convolutions; the differences of five layers' features give a patch's error, the
difference of the last layer its weight; the image's error is their weighted mean; the preference
``1 / (1 + exp(e_a - e_b))`` is fitted to the observed one by squared error; 36 random patches per image;
Adam. Here people's preference follows from the Elo scores (M = 400), and D is the reference of both images.
Chosen here: softplus keeps the weights positive, so that the mean is bounded; the errors' last affine map is
left out, since its shift cancels in every comparison; no published weights; a grid of step 32 at test time;
``quick`` has a quarter of the channels and fewer patches.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

PIEAPP = declare(
    MethodInfo(
        name="pieapp",
        lower_is_better=True,
        summary="Perceptual error of patches learned from pairwise preference, trained on the split",
        citation="""@inproceedings{prashnani2018pieapp,
  author = {Prashnani, Ekta and Cai, Hong and Mostofi, Yasamin and Sen, Pradeep},
  title = {{PieAPP}: Perceptual Image-Error Assessment through Pairwise Preference},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  pages = {1808--1817},
  year = {2018}
}""",
        trainable=True,
        differentiable=True,
        training_references=("degraded",),
        minimum_size=64,
    ),
    "baselines.networks.pieapp:PieApp",
)


@dataclass(frozen=True)
class PieappRecipe:
    """A recipe with the size of the network and the patches per training image."""

    recipe: Recipe
    width: int
    patches: int


RECIPES = {
    "paper": PieappRecipe(
        Recipe("paper", (Stage("prefer", 30, Optimiser("adam", 1e-4, weight_decay=0.0), pairs=True),), batch_size=4),
        width=64,
        patches=36,
    ),
    "quick": PieappRecipe(
        Recipe(
            "quick",
            (Stage("prefer", 10, Optimiser("adam", 5e-4, weight_decay=0.0), 1.0, "cosine", pairs=True, clip_norm=1.0),),
            batch_size=8,
        ),
        width=16,
        patches=4,
    ),
}
