"""Step 2: teach DTE what R should have been and what D had lost: E1(X) towards E2(H) - s * E2(X), for X = D and X = H.

The last term of Eq. 4, E1(D) = E1(H), holds the first only: s = 0. With s above 0 the target of D exceeds that of H
by s times the difference of their embeddings. QSE does not move. Batch norm keeps the statistics it has: with those
of small batches the error of the embedding ends above that of doing nothing (docs/notes/ckdn-weak.md).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import torch
from torch import Tensor, nn

from ckdn.architecture import Architecture
from ckdn.losses import distillation_loss
from ckdn.model import Network
from ckdn.preprocess import NATIVE
from iqabench.data.base import Card
from iqabench.training import Batch, FitSession, NetworkMethod, Optimiser, Recipe, Stage, TrainingSet

REFERENCES = ("degraded", "pristine")


class Distillation(NetworkMethod):
    """QSE fixed, DTE trained."""

    def __init__(
        self,
        severity: float,
        epochs: int,
        learning_rate: float = 1e-4,
        batch_size: int = 16,
        crop: int = 64,
    ) -> None:
        super().__init__()
        self.severity = severity
        self.beginning: dict[str, Tensor] = {}
        self.network = Network(Architecture())
        optimiser = Optimiser("adamw", learning_rate, weight_decay=1e-2)
        stage = Stage("distillation", epochs, optimiser, warmup_epochs=0.5, schedule="cosine", crop=crop)
        self.recipe = Recipe("shipped-distillation", (stage,), batch_size=batch_size)
        self.state_facts(target=f"relu(E2(H) - {severity} E2(X))")

    def begin_with(self, start: Network) -> None:
        """Take a copy of the weights of ``start``; training begins with them."""
        self.beginning = {name: tensor.clone() for name, tensor in start.state_dict().items()}

    def initialise(self, data: TrainingSet) -> None:
        """Load the weights of :meth:`begin_with`, all of them; the seed only shuffles and crops."""
        super().initialise(data)
        self.network.load_state_dict(self.beginning)

    def train(self, mode: bool = True) -> Distillation:
        """Stay in evaluation mode: batch norm keeps the statistics it has."""
        return super().train(False)

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """Those of DTE."""
        return self.network.dte.parameters()

    def view(self, images: Tensor, role: str) -> Tensor:
        """Normalise; the sizes stay."""
        return NATIVE(images, role)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Mean squared distance of E1(D) and of E1(H) to their targets, which like all embeddings are not negative."""
        assert batch.degraded is not None
        assert batch.pristine is not None
        with torch.no_grad():
            known = self.network.qse(batch.pristine)
            lossy = self.network.qse(batch.degraded) if self.severity else known
            targets = [torch.relu(known - self.severity * shown) for shown in (lossy, known)]
        degraded, pristine = self.network.embed_references(batch.degraded, batch.pristine)
        return distillation_loss(targets[0], degraded) + distillation_loss(targets[1], pristine)


def distil(
    start: Network, severity: float, rows: pd.DataFrame, card: Card, epochs: int, session: FitSession
) -> Network:
    """Train the DTE of ``start`` on every distinct degraded image of ``rows`` once per epoch."""
    method = Distillation(severity, epochs)
    method.begin_with(start)
    distinct = rows.drop_duplicates("degraded").reset_index(drop=True)
    method.fit(TrainingSet(distinct, card, REFERENCES), session)
    return method.network
