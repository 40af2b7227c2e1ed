"""A network small enough to be trained in a test, as a plugin would write it."""

from __future__ import annotations

from torch import nn

from iqabench import method
from iqabench.training import NetworkMethod, Optimiser, Recipe, Stage


@method("tiny-network", paradigms="NR", training_references=())
class TinyNetwork(NetworkMethod):
    """Statistics of small patches, regressed."""

    def __init__(self, epochs: int = 3) -> None:
        super().__init__()
        optimiser = Optimiser("adam", learning_rate=1e-2, weight_decay=0.0)
        self.recipe = Recipe("tiny", (Stage("regress", epochs, optimiser, crop=48),), batch_size=4)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(8, 1)

    def loss(self, stage, batch):
        return nn.functional.mse_loss(self.head(self.body(batch.restored))[:, 0], batch.quality)

    def prepare(self, reference):
        return None

    def score(self, restored, prepared):
        return self.head(self.body(restored))[:, 0]
