"""SWDN: a distance of deep features that tolerates small misalignment of textures.

Gu, Cai, Chen, Ye, Ren and Dong, arXiv:2011.15002, 2020 (Space Warping Difference Network).

From the paper: LPIPS's structure on AlexNet, l2 pooling instead of max-pooling, and in every layer the
features of R matched to the best within a small window of the reference before differencing; trained with
a ranking loss whose target is the Elo probability with M = 400. Its code was not released.
Chosen here: a window of 3×3 positions in each of the five layers, the match by squared distance of the
unit-length features, heads alone trained (all channels equal at first), one learned slope as the judge.
"""

from __future__ import annotations

from iqabench import MethodInfo
from iqabench.methods.contract import declare
from iqabench.methods.learning import Optimiser, Recipe, Stage

SWDN = declare(
    MethodInfo(
        name="swdn",
        lower_is_better=True,
        summary="Distance of deep features matched within a small window, heads trained on the split",
        citation="""@article{gu2020swdn,
  author = {Gu, Jinjin and Cai, Haoming and Chen, Haoyu and Ye, Xiaoxing and Ren, Jimmy and Dong, Chao},
  title = {Image Quality Assessment for Perceptual Image Restoration: A New Dataset, Benchmark and Metric},
  journal = {arXiv preprint arXiv:2011.15002},
  year = {2020}
}""",
        weights=("alexnet-features",),
        trainable=True,
        differentiable=True,
        training_references=("degraded",),
        minimum_size=32,
    ),
    "baselines.networks.swdn:Swdn",
)


RECIPES = {
    "paper": Recipe(
        "paper", (Stage("rank", 10, Optimiser("adam", 1e-4, weight_decay=0.0), pairs=True),), batch_size=16
    ),
    "quick": Recipe(
        "quick",
        (Stage("rank", 24, Optimiser("adam", 1e-2, weight_decay=0.0), 0.5, "cosine", pairs=True, crop=128),),
        batch_size=8,
    ),
}
