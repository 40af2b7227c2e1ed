from __future__ import annotations

import math

import pytest
import torch

from baselines.full_reference.pieapp import RECIPES
from baselines.networks.pieapp import PieApp
from iqabench._util.errors import DataError
from iqabench.training import Batch

STAGE = RECIPES["quick"].recipe.stages[0]


def batch_of(degraded: bool = True) -> Batch:
    images = torch.rand(3, 2, 3, 64, 64)
    return Batch(
        images[0],
        torch.tensor([0.9, 0.5]),
        torch.zeros(2).long(),
        degraded=images[1] if degraded else None,
        partner=images[2],
        partner_quality=torch.tensor([0.5, 0.5]),
        partner_degraded=images[1],
    )


def test_loss_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    method = PieApp("quick")
    method.patches = 2
    answers = iter(
        [
            (torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.ones(4)),
            (torch.tensor([0.0, 4 * math.log(3), 1.0, 1.0]), torch.tensor([3.0, 1.0, 1.0, 1.0])),
        ]
    )
    monkeypatch.setattr(method.network, "forward", lambda restored, reference: next(answers))
    # Errors 0 and log 3 for the first pair (preference 0.75), 1 and 1 for the second (0.5).
    expected = ((10 / 11 - 0.75) ** 2 + 0.0) / 2
    assert method.loss(STAGE, batch_of()).item() == pytest.approx(expected, rel=1e-4)


def test_training_needs_degraded_images() -> None:
    with pytest.raises(DataError, match="degraded"):
        PieApp("quick").loss(STAGE, batch_of(degraded=False))


def test_chunks_do_not_change_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    method = PieApp("quick").eval()
    restored, reference = torch.rand(1, 3, 130, 100), torch.rand(1, 3, 130, 100)
    with torch.no_grad():
        whole = method.score(restored, method.prepare(reference))
        monkeypatch.setattr("baselines.networks.pieapp.CHUNK", 2)
        torch.testing.assert_close(method.score(restored, method.prepare(reference)), whole)
