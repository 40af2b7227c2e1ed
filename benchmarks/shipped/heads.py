"""Step 3: the score head, trained on features by the toolkit's own loop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ckdn.blocks import ScoreHead
from ckdn.losses import score_loss
from iqabench.datasets.base import Card
from iqabench.training import Batch, FitSession, NetworkMethod, Optimiser, Recipe, Stage
from iqabench.training.data import View, normalised_quality

SHOWN = {"ckdn": ("degraded",), "ckdn-plain": ("degraded",), "ckdn-nr": ("none",), "ckdn-fr": ("pristine",)}
"""Variant -> what its head learns from. Learning from both references, too (Eq. 3), changed nothing for CKDN."""


class FeatureSet:
    """Features in place of images: what the training loop asks of a training set.

    Each batch holds means over a random block of parts, as small as one part and up to the whole image.
    """

    categories: tuple[str, ...] = ()

    def __init__(self, features: dict[str, np.ndarray], frame: pd.DataFrame, card: Card) -> None:
        self.features = features
        self.quality = normalised_quality(frame["mos"].to_numpy(dtype=np.float64), card)

    def __len__(self) -> int:
        return len(self.quality)

    def fingerprint(self) -> str:
        """Hash of labels and features' sums."""
        total = hashlib.sha256(self.quality.tobytes())
        for kind, values in sorted(self.features.items()):
            total.update(f"{kind} {values.shape} {float(values.sum()):.3f}".encode())
        return total.hexdigest()[:16]

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
        """Batches of one epoch, ``restored`` being ``(N, kinds, 512)``, for one process; by seed and epoch alone."""
        random = np.random.default_rng([seed, epoch])
        order = random.permutation(len(self.quality))
        for step in range(self.steps(batch_size, drop_last)):
            rows = order[step * batch_size : (step + 1) * batch_size]
            block = _block(random, self)
            if step < skip:
                continue
            means = [torch.from_numpy(values[rows][:, block].mean(1)) for _, values in sorted(self.features.items())]
            yield Batch(
                restored=torch.stack(means, 1),
                quality=torch.from_numpy(self.quality[rows]),
                category=torch.zeros(len(rows), dtype=torch.int64),
            )


def _block(random: np.random.Generator, data: FeatureSet) -> np.ndarray:
    parts = next(iter(data.features.values())).shape[1]
    side = round(parts**0.5)
    tall, wide = random.integers(1, side + 1, 2)
    top, left = random.integers(0, side - tall + 1), random.integers(0, side - wide + 1)
    return np.arange(parts).reshape(side, side)[top : top + tall, left : left + wide].ravel()


class Head(NetworkMethod):
    """The three layers and the sigmoid behind CSP's average; a batch holds ``(N, kinds, 512)`` features."""

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
        """Eq. 2, Eq. 3 or both: the mean squared error beside every reference that is shown."""
        rows, kinds, width = batch.restored.shape
        scores = self(batch.restored.reshape(-1, width)).reshape(rows, kinds)
        return sum((score_loss(scores[:, kind], batch.quality) for kind in range(kinds)), torch.zeros(()))

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


def fit_head(
    variant: str,
    features: dict[str, np.ndarray],
    frame: pd.DataFrame,
    card: Card,
    session: FitSession,
    **settings: float,
) -> Head:
    """Train the head of ``variant`` on the rows of ``frame``."""
    shown = {kind: features[kind] for kind in SHOWN[variant]}
    head = Head(**settings)  # type: ignore[arg-type]
    head.standardise(np.concatenate(list(shown.values())))
    head.fit(FeatureSet(shown, frame, card), session)  # type: ignore[arg-type]
    return head
