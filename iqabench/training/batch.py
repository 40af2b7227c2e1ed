"""What one training step sees."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """``N`` training rows on the training device.

    Images are ``(N, 3, H, W)`` float32 RGB in [0, 1], after the method's ``view`` and the stage's
    crop. ``degraded`` and ``pristine`` are None unless the training set was asked for them; they
    have the size of ``restored`` before ``view``. ``partner`` is a second restored image of the
    same content (perhaps the same one), None unless the stage asks for pairs.
    """

    restored: Tensor
    quality: Tensor
    """``(N,)`` float32: (MOS - low) / (high - low) of the card's ``mos_range``, flipped where a lower
    MOS is better, so that higher always means better. Values outside [0, 1] are possible."""
    category: Tensor
    """``(N,)`` int64: index into the training set's ``categories``."""
    degraded: Tensor | None = None
    pristine: Tensor | None = None
    partner: Tensor | None = None
    partner_quality: Tensor | None = None
    partner_degraded: Tensor | None = None
    """The partner's own degraded image, where the training set has degraded images."""
    weight: float = 1.0
    """Factor of this batch's loss: of several processes each holds a share of the batch, and the mean of their
    weighted losses is the loss of the whole batch, however uneven the shares."""

    def __len__(self) -> int:
        return int(self.restored.shape[0])
