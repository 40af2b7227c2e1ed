"""Step 4: the score head, trained on features by the toolkit's own loop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ckdn.blocks import ScoreHead
from ckdn.losses import score_loss
from iqabench.data.base import Card
from iqabench.training import Batch, FitSession, NetworkMethod, Optimiser, Recipe, Stage
from iqabench.training.data import View, normalised_quality


class FeatureSet:
    """Features in place of images: what the training loop asks of a training set.

    Each batch holds means over a random block of parts, as small as one part and up to the whole image.
    """

    categories: tuple[str, ...] = ()

    def __init__(self, features: np.ndarray, frame: pd.DataFrame, card: Card) -> None:
        self.features = features
        self.quality = normalised_quality(frame["mos"].to_numpy(dtype=np.float64), card)

    def __len__(self) -> int:
        return len(self.quality)

    def fingerprint(self) -> str:
        """Hash of labels and features."""
        return hashlib.sha256(self.quality.tobytes() + self.features.tobytes()).hexdigest()[:16]

    def steps(self, batch_size: int, drop_last: bool) -> int:
        """Whole batches per epoch."""
        return max(1, len(self.quality) // batch_size)

    def place(self, device: torch.device) -> None:
        """Features stay where they are."""

    def batches(
        self,
        stage: Stage,
        batch_size: int,
        *,
        seed: int,
        epoch: int,
        view: View,
        device: torch.device,
        drop_last: bool = True,
        skip: int = 0,
        shown: tuple[str, ...] | None = None,
        process: tuple[int, int] = (0, 1),
    ) -> Iterator[Batch]:
        """Batches of one epoch, ``restored`` being ``(N, 512)``, for one process; by seed and epoch alone."""
        random = np.random.default_rng([seed, epoch])
        order = random.permutation(len(self.quality))
        for step in range(self.steps(batch_size, drop_last)):
            rows = order[step * batch_size : (step + 1) * batch_size]
            block = _block(random, self.features.shape[1])
            if step < skip:
                continue
            yield Batch(
                restored=torch.from_numpy(self.features[rows][:, block].mean(1)),
                quality=torch.from_numpy(self.quality[rows]),
                category=torch.zeros(len(rows), dtype=torch.int64),
            )


def _block(random: np.random.Generator, parts: int) -> np.ndarray:
    side = round(parts**0.5)
    tall, wide = random.integers(1, side + 1, 2)
    top, left = random.integers(0, side - tall + 1), random.integers(0, side - wide + 1)
    return np.arange(parts).reshape(side, side)[top : top + tall, left : left + wide].ravel()


class Head(NetworkMethod):
    """The three layers and the sigmoid behind CSP's average; a batch holds ``(N, 512)`` features."""

    def __init__(
        self,
        epochs: int,
        learning_rate: float = 3e-4,
        weight_decay: float = 1e-2,
        batch_size: int = 64,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.head = ScoreHead(dropout)
        optimiser = Optimiser("adamw", learning_rate, weight_decay=weight_decay)
        stage = Stage("scores", epochs, optimiser, warmup_epochs=1, schedule="cosine")
        self.recipe = Recipe("shipped-head", (stage,), batch_size=batch_size)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.zeros(512))
        self.register_buffer("std", torch.ones(512))

    def standardise(self, features: np.ndarray) -> None:
        """Remember mean and deviation of the training features, which :meth:`folded` puts into the first layer."""
        flat = features.mean(1)
        self.mean.copy_(torch.from_numpy(flat.mean(0)))
        self.std.copy_(torch.from_numpy(flat.std(0) + 1e-3))

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """The head."""
        return self.head.parameters()

    def forward(self, features: Tensor) -> Tensor:
        """Scores ``(N,)`` of features ``(N, 512)``."""
        scores: Tensor = self.head(((features - self.mean) / self.std)[:, :, None, None])
        return scores

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Eq. 2 or Eq. 3: the mean squared error beside the reference that was shown."""
        return score_loss(self(batch.restored), batch.quality)

    def folded(self) -> dict[str, Tensor]:
        """The head's tensors for raw features: standardising becomes part of the first layer."""
        state = {name: tensor.detach().clone() for name, tensor in self.head.state_dict().items()}
        weight = state["layers.0.weight"] / self.std
        state["layers.0.bias"] = state["layers.0.bias"] - weight @ self.mean
        state["layers.0.weight"] = weight
        return state


@torch.inference_mode()
def predict(head: Head, features: np.ndarray) -> np.ndarray:
    """Scores of whole images from their parts ``(rows, 9, 512)``."""
    return head.eval()(torch.from_numpy(features.mean(1))).numpy()


def fit_head(features: np.ndarray, frame: pd.DataFrame, card: Card, session: FitSession, **settings: float) -> Head:
    """Train a head on the rows of ``frame``, whose features are ``(rows, parts, 512)``."""
    head = Head(**settings)  # type: ignore[arg-type]
    head.standardise(features)
    head.fit(FeatureSet(features, frame, card), session)  # type: ignore[arg-type]
    return head
