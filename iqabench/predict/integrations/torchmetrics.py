"""Any method as a ``torchmetrics.Metric``.

Needs torchmetrics: the extra ``torchmetrics``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.predict.integrations.metrics import metrics_given

try:
    from torchmetrics import Metric
except ImportError as error:
    message = f"{error.name} is not installed: {how_to_get('torchmetrics')}"
    raise ImportError(message, name=error.name) from error


class ImageQuality(Metric):
    """Mean score of one method over all images; for ``MetricCollection``, Lightning's ``log`` and several processes.

    Parameters
    ----------
    method
        Name of a method (``psnr@pristine`` says what it is shown), an object, or a dict with one entry as
        :func:`iqabench.predict.integrations.metrics.from_config` takes it.
    protocol
        As in :class:`iqabench.predict.integrations.torch.Validation`.
    options
        Of ``torchmetrics.Metric``.

    Examples
    --------
    >>> import torch
    >>> from iqabench.predict.integrations.torchmetrics import ImageQuality
    >>> metric = ImageQuality("psnr")
    >>> metric.update(torch.full((2, 3, 64, 64), 26 / 255), torch.zeros(2, 3, 16, 16))
    >>> round(metric.compute().item(), 2)
    19.83
    """

    is_differentiable = False
    full_state_update = False
    total: Tensor
    images: Tensor

    def __init__(self, method: Any = "ckdn", *, protocol: str | ScoringProtocol | None = None, **options: Any) -> None:
        super().__init__(**options)
        found = metrics_given(method, protocol)
        if len(found) != 1:
            raise UserError("ImageQuality takes one method; several make a torchmetrics.MetricCollection")
        self._metric = found[0]
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("images", torch.tensor(0), dist_reduce_fx="sum")

    @property
    def higher_is_better(self) -> bool:  # type: ignore[override]
        """True if a higher score means better quality."""
        return self._metric.sign > 0

    def update(self, restored: Tensor, degraded: Tensor | None = None, pristine: Tensor | None = None) -> None:
        """Score a batch: see :meth:`iqabench.predict.integrations.torch.Validation.update`."""
        scores = self._metric.scores(restored, degraded, pristine)
        self.total = self.total + sum(scores)
        self.images = self.images + len(scores)

    def compute(self) -> Tensor:
        """Mean score, a scalar; NaN before the first image."""
        return self.total / self.images
