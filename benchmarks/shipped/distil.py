"""Step 1: teach DTE to embed the degraded image as if it were the pristine one (the last term of Eq. 4, alone).

QSE stays as ImageNet left it, so that its embedding of the pristine image is a fixed target; DTE starts as its
copy. Batch norm keeps ImageNet's statistics: with those of small batches the error of the embedding ends above
that of doing nothing (docs/ckdn-weak.md).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from torch import Tensor, nn

from ckdn.architecture import Architecture
from ckdn.losses import distillation_loss
from ckdn.model import Network
from ckdn.preprocess import NATIVE
from ckdn.start import start_from_imagenet
from iqabench.datasets.base import Card
from iqabench.training import Batch, FitSession, NetworkMethod, Optimiser, Recipe, Stage, TrainingSet

REFERENCES = ("degraded", "pristine")


class Distillation(NetworkMethod):
    """QSE fixed, DTE trained so that E1(D) and E1(H) come near E2(H)."""

    def __init__(self, epochs: int, learning_rate: float = 1e-4, batch_size: int = 16, crop: int = 64) -> None:
        super().__init__()
        self.network = Network(Architecture())
        optimiser = Optimiser("adamw", learning_rate, weight_decay=1e-2)
        stage = Stage("distillation", epochs, optimiser, warmup_epochs=0.5, schedule="cosine", crop=crop)
        self.recipe = Recipe("shipped-distillation", (stage,), batch_size=batch_size)
        self.settings = {"target": "E2(H)"}

    def initialise(self, data: TrainingSet) -> None:
        """ImageNet weights everywhere; the seed only shuffles and crops."""
        super().initialise(data)
        start_from_imagenet(self.network)

    def train(self, mode: bool = True) -> Distillation:
        """Stay in evaluation mode: batch norm keeps ImageNet's statistics."""
        return super().train(False)

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """Those of DTE."""
        return self.network.dte.parameters()

    def view(self, images: Tensor, role: str) -> Tensor:
        """Normalise; the sizes stay."""
        return NATIVE(images, role)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Mean squared distance of E1(D) and of E1(H) to E2(H)."""
        assert batch.degraded is not None
        assert batch.pristine is not None
        target = self.network.qse(batch.pristine)
        degraded, pristine = self.network.embed_references(batch.degraded, batch.pristine)
        return distillation_loss(target, degraded) + distillation_loss(target, pristine)


def distil(rows: pd.DataFrame, card: Card, epochs: int, session: FitSession) -> Network:
    """Train on every distinct degraded image of ``rows`` once per epoch."""
    method = Distillation(epochs)
    distinct = rows.drop_duplicates("degraded").reset_index(drop=True)
    method.fit(TrainingSet(distinct, card, REFERENCES), session)
    return method.network
