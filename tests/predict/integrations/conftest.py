"""Batches of a validation: pristine tensors, degraded ones four times smaller, and restorations of these."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from skimage import data as photographs
from torch import Tensor
from torch.nn import functional


class ValidationBatch(NamedTuple):
    """``(N, 3, 64, 64)``, ``(N, 3, 16, 16)`` and ``(N, 3, 64, 64)``, values a little outside of [0, 1]."""

    restored: Tensor
    degraded: Tensor
    pristine: Tensor


@pytest.fixture(scope="session")
def batches() -> list[ValidationBatch]:
    """Three and one images, so that a mean of means is not the mean."""
    image = torch.from_numpy(photographs.astronaut()).permute(2, 0, 1).float() / 255
    corners = [(60, 120), (124, 184), (200, 80), (0, 0)]
    pristine = torch.stack([image[:, y : y + 64, x : x + 64] for y, x in corners])
    degraded = functional.interpolate(pristine, scale_factor=0.25, mode="bicubic", antialias=True).clamp(0, 1)
    restored = functional.interpolate(degraded, scale_factor=4, mode="bicubic")
    return [ValidationBatch(*(one[part] for one in (restored, degraded, pristine))) for part in (slice(3), slice(3, 4))]
