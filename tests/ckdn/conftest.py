"""Random batches for the stages of CKDN."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from iqabench.methods.untrained import untrained_scores
from iqabench.training import Batch


@pytest.fixture(autouse=True)
def _untrained() -> Iterator[None]:
    """What is asked here does not depend on what a network has learnt."""
    with untrained_scores():
        yield


@pytest.fixture
def batch() -> Batch:
    """Four 32×32 rows with both references and partners."""
    generator = torch.Generator().manual_seed(1)
    images = [torch.randn(4, 3, 32, 32, generator=generator) for _ in range(4)]
    return Batch(
        restored=images[0],
        quality=torch.tensor([0.2, 0.4, 0.6, 0.9]),
        category=torch.zeros(4, dtype=torch.int64),
        degraded=images[1],
        pristine=images[2],
        partner=images[3],
        partner_quality=torch.tensor([0.4, 0.4, 0.2, 0.5]),
    )
