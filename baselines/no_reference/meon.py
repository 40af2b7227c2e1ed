"""MEON: no-reference quality by first telling what was done to the image, then how well.

Ma, Liu, Zhang, Duanmu, Wang and Zuo, IEEE Transactions on Image Processing 27(3), 2018.

From the paper: four strided convolutions with GDN shared by two sub-networks, one naming the distortion
(128 units), one giving a quality per distortion (256 units); the score is their inner product; stage 1
trains the identification by cross-entropy, stage 2 everything by cross-entropy + mean absolute error; Adam.
Here: the distortion is the category of the restoration algorithm. The last pooling takes the maximum over
whatever is left, which on the paper's 256×256 input is its 2×2 pooling. Chosen: window and rates.

Categories unseen in training: a network has ``categories`` places and training fills the first ones. The
places left over get probability 0, so an image of an unseen category is scored as the mixture of the seen
ones that it looks like, and the score is always finite.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench import MethodInfo, Paradigm
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

MEON = declare(
    MethodInfo(
        name="meon",
        paradigms=(Paradigm.NR,),
        summary="Names the category of the restoration, then scores the image by it; trained on the split",
        citation="""@article{ma2018meon,
  author = {Ma, Kede and Liu, Wentao and Zhang, Kai and Duanmu, Zhengfang and Wang, Zhou and Zuo, Wangmeng},
  title = {End-to-End Blind Image Quality Assessment Using Deep Neural Networks},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {3},
  pages = {1202--1213},
  year = {2018}
}""",
        trainable=True,
        differentiable=True,
        minimum_size=171,
    ),
    "baselines.networks.meon:Meon",
)


@dataclass(frozen=True)
class MeonRecipe:
    """A recipe with the window that the image is seen through at test time, in pixels."""

    recipe: Recipe
    window: int


def _stages(identify: int, rate: int, optimiser: Optimiser, crop: int, warmup: float) -> tuple[Stage, Stage]:
    return (
        Stage("identify", identify, optimiser, warmup, "cosine", crop=crop, clip_norm=1.0),
        Stage("rate", rate, optimiser, warmup, "cosine", crop=crop, clip_norm=1.0),
    )


RECIPES = {
    "paper": MeonRecipe(
        Recipe("paper", _stages(30, 30, Optimiser("adam", 1e-3, weight_decay=0.0), 256, 1.0), batch_size=40),
        window=256,
    ),
    "quick": MeonRecipe(
        Recipe("quick", _stages(30, 100, Optimiser("adam", 2e-3, weight_decay=0.0), 176, 1.0), batch_size=16),
        window=176,
    ),
}
