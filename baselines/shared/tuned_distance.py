"""Distances of frozen deep features under heads that are trained on pairs of the split: the base of LPIPS and SWDN."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines.shared.feature_trunk import DistanceHeads, FeatureTrunk, TrunkReference
from baselines.shared.images import check_images
from baselines.shared.ranking import DistanceRanking, pairs_of
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet
from iqabench.weights.record import starting_digests


class TunedDistance(NetworkMethod):
    """Squared differences of unit-length features, weighed by trained heads; :meth:`squares` may be overridden.

    Lower is better. The features stay as they are; one learned slope judges the pairs in training.
    """

    training_only = ("ranking.",)

    def __init__(self, trunk: FeatureTrunk, dropout: float = 0.0) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = DistanceHeads(trunk.trunk.channels, dropout)
        self.ranking = DistanceRanking()

    def squares(self, restored: Tensor, reference: Tensor) -> Tensor:
        """Squared differences of one layer's features: ``(N, C, H, W)`` and ``(1, C, H, W)`` to ``(N, C, H, W)``."""
        return (restored - reference).square()

    def initialise(self, data: TrainingSet) -> None:
        """Equal heads on pretrained features; a note where those cannot be had."""
        super().initialise(data)
        self.load_trunk()

    def load_trunk(self) -> None:
        """Take over the pretrained features; ``start`` and a note say if they cannot be had."""
        note = self.trunk.start()
        self.start = "imagenet" if note is None else "random"
        if note is not None:
            self.notes.append(note)

    def starting_weights(self) -> dict[str, str | None]:
        """Those of the trunk that was chosen."""
        return starting_digests([self.trunk.trunk.weights])

    def trainable_parameters(self, stage: Stage) -> list[torch.nn.Parameter]:
        """The heads and the judge's slope."""
        return [*self.heads.parameters(), *self.ranking.parameters()]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Cross-entropy of the preference between a row and its partner, each beside its own D, as when scoring."""
        pairs = pairs_of(batch, self.info.name)
        near = self._distance(pairs.restored, self.prepare(pairs.degraded))
        far = self._distance(pairs.partner, self.prepare(pairs.partner_degraded))
        return self.ranking(near, far, pairs.preferred)

    def prepare(self, reference: Tensor) -> TrunkReference:
        """Unit-length features of the reference, five layers. Raises DataError below 32 pixels."""
        check_images(self.info, reference)
        return TrunkReference(reference, self.trunk.unit(reference))

    def score(self, restored: Tensor, prepared: TrunkReference) -> Tensor:
        """Distance to the prepared reference, ``(N,)``, not negative. Raises DataError for a size it cannot take."""
        return self._distance(restored, prepared)

    def _distance(self, restored: Tensor, prepared: TrunkReference) -> Tensor:
        check_images(self.info, restored, prepared.shown)
        seen = self.trunk.unit(restored)
        return self.heads([self.squares(r, d) for r, d in zip(seen, prepared.layers, strict=True)])
