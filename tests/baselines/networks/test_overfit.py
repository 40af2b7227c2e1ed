"""Every method can learn 16 graded images by heart through the shared training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr

from iqabench.data.base import Card
from iqabench.methods.registry import Registry
from iqabench.training import FitSession, NetworkMethod, Recipe, TrainingSet

CARD = Card(name="graded", label_kind="pseudo", mos_range=(0.0, 1.0))

EPOCHS = {
    "diqam": (120,),
    "nima": (60,),
    "meon": (5, 40),
    "hall-iqa": (2, 25),
    "pieapp": (6,),
    "swdn": (4,),
    "lpips-tuned": (4,),
    "two-stream": (30,),
}
LONG = ("diqam", "hall-iqa", "pieapp", "nima")
"""Tens of seconds each."""
PATCHES = {"diqam": 4, "pieapp": 2}
"""Fewer than the recipe's: the images are small."""
BATCH_SIZE = {"diqam": 4, "nima": 16}


def tensor(path: str) -> torch.Tensor:
    return torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None].float() / 255


def scores_of(method: NetworkMethod, frame: pd.DataFrame) -> np.ndarray:
    with torch.no_grad():
        return np.array(
            [method.score(tensor(row.image), method.prepare(tensor(row.degraded))).item() for row in frame.itertuples()]
        )


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in EPOCHS])
def test_learns_sixteen_images_by_heart(name: str, graded: Callable[[int], pd.DataFrame]) -> None:
    entry = Registry().get(name)
    frame = graded(176 if name == "meon" else 64)
    method: NetworkMethod = entry.create(recipe="quick", **({"pretrained": False} if name == "nima" else {}))
    if name in PATCHES:
        method.patches = PATCHES[name]
    stages = zip(method.recipe.stages, EPOCHS[name], strict=True)
    learnt = tuple(replace(stage, epochs=epochs, crop=None) for stage, epochs in stages)
    method.recipe = Recipe("test", learnt, batch_size=BATCH_SIZE.get(name, 8))
    method.fit(TrainingSet(frame, CARD, entry.info.training_references), FitSession())
    scores = entry.info.sign * scores_of(method, frame)
    assert np.isfinite(scores).all()
    # Pairs teach the order within a content alone; a quality learned as a number orders both together.
    groups = [part.index for _, part in frame.groupby("content")] if method.recipe.stages[0].pairs else [frame.index]
    for group in groups:
        assert spearmanr(scores[group], frame["mos"][group]).statistic > 0.95
