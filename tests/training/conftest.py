"""A small training set on disk, and a small network that learns on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from iqabench.data.base import Card
from iqabench.training import Batch, NetworkMethod, Optimiser, Recipe, Stage, TrainingSet

CARD = Card(name="toy", label_kind="pseudo", mos_range=(900.0, 1900.0))


def write_image(path: Path, height: int, width: int, seed: int) -> str:
    """A random image; returns its path."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """11 restored images of 3 contents; D is half their size and shared, H is one file per content."""
    rows = []
    for index in range(11):
        content = f"C{index % 3}"
        degraded, pristine = tmp_path / f"d{content}.png", tmp_path / f"h{content}.png"
        if not degraded.exists():
            write_image(degraded, 10, 12, 100 + index)
            write_image(pristine, 20, 24, 200 + index)
        rows.append(
            {
                "image_id": f"i{index:02d}",
                "image": write_image(tmp_path / f"r{index}.png", 20, 24, index),
                "degraded": str(degraded),
                "pristine": str(pristine),
                "content": content,
                "algorithm": f"a{index}",
                "category": ("sr", "denoise")[index % 2],
                "task": "x",
                "mos": 900.0 + 100 * index,
            }
        )
    return pd.DataFrame(rows)


class Toy(NetworkMethod):
    """Two stages, batch norm, dropout and shared weights: all that a resume may get wrong."""

    training_only = ("extra",)

    def __init__(self, learning_rate: float = 0.01, optimiser: str = "sgd") -> None:
        super().__init__()
        settings = Optimiser(name=optimiser, learning_rate=learning_rate)  # type: ignore[arg-type]
        self.recipe = Recipe(
            "toy",
            (
                Stage("pairs", 2, settings, warmup_epochs=1.0, pairs=True, crop=16),
                Stage("scores", 2, settings, schedule="cosine", crop=16, clip_norm=1.0),
            ),
            batch_size=3,
        )
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3))
        self.again = self.body
        self.head = nn.Linear(4, 1)
        self.extra = nn.Linear(4, 1)
        self.begun: list[str] = []

    def begin_stage(self, stage: Stage) -> None:
        self.begun.append(stage.name)
        if stage.name == "scores":
            with torch.no_grad():
                self.head.weight.copy_(self.extra.weight)

    def trainable_parameters(self, stage: Stage) -> list[nn.Parameter]:
        head = self.extra if stage.name == "pairs" else self.head
        return [*self.body.parameters(), *self.again.parameters(), *head.parameters()]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        features = self.body(batch.restored).mean((2, 3))
        if stage.name == "pairs":
            assert batch.partner is not None
            assert batch.partner_quality is not None
            other = self.again(batch.partner).mean((2, 3))
            target = batch.quality - batch.partner_quality
            return nn.functional.mse_loss(self.extra(features - other)[:, 0], target)
        return nn.functional.mse_loss(self.head(features)[:, 0], batch.quality)

    def prepare(self, reference: Tensor) -> None:
        return None

    def score(self, restored: Tensor, prepared: None) -> Tensor:
        return self.head(self.body(restored).mean((2, 3)))[:, 0]


@pytest.fixture
def data(frame: pd.DataFrame) -> TrainingSet:
    """The toy frame with both references."""
    return TrainingSet(frame, CARD, ("degraded", "pristine"))


@pytest.fixture
def toy() -> type[Toy]:
    """The toy network's class."""
    return Toy
