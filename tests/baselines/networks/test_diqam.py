from __future__ import annotations

import pytest
import torch

from baselines.networks.diqam import Diqam
from baselines.no_reference.diqam import RECIPES
from iqabench.training import Batch


def test_loss_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    method = Diqam("quick")
    method.patches = 2
    quality = torch.tensor([0.2, 0.8, 0.5, 0.5])
    weight = torch.tensor([1.0, 3.0, 1.0, 1.0])
    monkeypatch.setattr(method.network, "forward", lambda patches: (quality, weight))
    batch = Batch(restored=torch.rand(2, 3, 40, 40), quality=torch.tensor([0.6, 0.4]), category=torch.zeros(2).long())
    # Weighted means 0.65 and 0.5 against 0.6 and 0.4.
    assert method.loss(RECIPES["quick"].recipe.stages[0], batch).item() == pytest.approx((0.05 + 0.1) / 2, rel=1e-5)


def test_weights_of_patches_are_positive() -> None:
    network = Diqam("quick").network.eval()
    assert (network(torch.rand(20, 3, 32, 32))[1] > 0).all()


def test_a_finer_grid_is_another_setting() -> None:
    assert Diqam(stride=16).settings != Diqam().settings
