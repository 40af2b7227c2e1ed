"""A two-stream network: features of the restored image attend to those of its degraded input.

In the line of DISQ (Zhao et al., IEEE Transactions on Multimedia, 2022: one stream for the super-resolved image, one
for its low-resolution input) and PFIQA (Lin et al., 2024: cross-attention between the two for what was kept, the
restored image alone for how it looks).

From the papers: two streams of their own weights, cross-attention from the restored image to its input, quality as a
mean of local scores under learnt weights, squared error of the quality.
Chosen here: it is none of their networks. Small residual convolutions from a random start stand for their backbones,
both streams see images of one size, and the degraded image is shown enlarged, as every method is shown it; no masks, no
factor of enlargement as input; sizes and rates of the recipes.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

TWO_STREAM = declare(
    MethodInfo(
        name="two-stream",
        summary="Restored image attends to its degraded input (after DISQ and PFIQA), trained on the split",
        citation="""@article{zhao2021disq,
  author = {Zhao, Tiesong and Lin, Yuting and Xu, Yiwen and Chen, Weiling and Wang, Zhou},
  title = {Learning-Based Quality Assessment for Image Super-Resolution},
  journal = {IEEE Transactions on Multimedia},
  volume = {24},
  pages = {3570--3581},
  year = {2022}
}

@article{lin2024pfiqa,
  author = {Lin, Xinying and Liu, Xuyang and Yang, Hong and He, Xiaohai and Chen, Honggang},
  title = {Perception- and Fidelity-aware Reduced-Reference Super-Resolution Image Quality Assessment},
  journal = {arXiv preprint arXiv:2405.09472},
  year = {2024}
}""",
        trainable=True,
        differentiable=True,
        training_references=("degraded",),
        minimum_size=32,
    ),
    "baselines.networks.two_stream:TwoStream",
)


@dataclass(frozen=True)
class TwoStreamRecipe:
    """A recipe with the channels of the first layer."""

    recipe: Recipe
    width: int


RECIPES = {
    "paper": TwoStreamRecipe(
        Recipe(
            "paper",
            (Stage("regress", 30, Optimiser("adamw", 3e-4, weight_decay=1e-4), 1.0, "cosine", clip_norm=1.0),),
            batch_size=16,
        ),
        width=32,
    ),
    "quick": TwoStreamRecipe(
        Recipe(
            "quick",
            (
                Stage(
                    "regress", 40, Optimiser("adamw", 1e-3, weight_decay=1e-3), 1.0, "cosine", crop=128, clip_norm=1.0
                ),
            ),
            batch_size=8,
        ),
        width=12,
    ),
}
