"""Validation in Lightning: a callback that scores what ``validation_step`` returns and logs the means.

Needs Lightning: the extra ``lightning``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.predict.integrations.torch import Validation

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
except ImportError as error:
    raise ImportError(f"{error.name} is not installed: {how_to_get('lightning')}", name=error.name) from error


class ValidationCallback(Callback):
    """Scores the images of every validation and logs ``PREFIXNAME``, so that ``ModelCheckpoint`` can monitor it.

    ``validation_step`` returns a dict with ``restored`` ``(N, 3, H, W)``, and ``degraded`` and ``pristine`` where there
    are any. Means are over the images of all processes. The check before training (``num_sanity_val_steps``) is scored
    and not logged, as Lightning does.

    Parameters
    ----------
    metrics, protocol
        As in :class:`iqabench.predict.integrations.torch.Validation`.
    prefix
        Goes before the name of a metric.
    """

    def __init__(
        self, metrics: Any = "ckdn", *, protocol: str | ScoringProtocol | None = None, prefix: str = "val/"
    ) -> None:
        super().__init__()
        self.validation = Validation(metrics, protocol=protocol, prefix=prefix)

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin anew."""
        self.validation.reset()

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Score what ``validation_step`` returned."""
        if not isinstance(outputs, Mapping) or "restored" not in outputs:
            raise UserError(
                "validation_step must return a dict with 'restored' (and 'degraded', 'pristine' where there are any), "
                "so that its images can be scored"
            )
        self.validation.update(outputs["restored"], outputs.get("degraded"), outputs.get("pristine"))

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the means over all processes."""
        sums = self.validation.sums()
        flat = torch.tensor([value for pair in sums.values() for value in pair], dtype=torch.float64)
        if pl_module.device.type == "mps":  # it has no float64
            flat = flat.float()
        reduced = trainer.strategy.reduce(flat.to(pl_module.device), reduce_op="sum")
        totals = torch.as_tensor(reduced).reshape(-1, 2).tolist()
        means = {name: total / count for name, (total, count) in zip(sums, totals, strict=True) if count}
        pl_module.log_dict(
            {f"{self.validation.prefix}{name}": mean for name, mean in means.items()}, rank_zero_only=False
        )
