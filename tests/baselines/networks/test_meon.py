from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from baselines.networks.meon import Meon, mixed_quality
from baselines.no_reference.meon import RECIPES
from iqabench._util.errors import DataError
from iqabench.training import Batch


def test_mixed_quality_by_hand() -> None:
    logits = torch.tensor([[0.0, math.log(3), 50.0]])
    qualities = torch.tensor([[0.2, 0.6, 100.0]])
    seen = torch.tensor([True, True, False])
    torch.testing.assert_close(mixed_quality(logits, qualities, seen), torch.tensor([0.25 * 0.2 + 0.75 * 0.6]))


def test_losses_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    method = Meon(categories=2)
    logits = torch.tensor([[math.log(3), 0.0], [0.0, 0.0]])
    qualities = torch.tensor([[0.4, 0.8], [0.0, 1.0]])
    monkeypatch.setattr(method.network, "forward", lambda images: (logits, qualities))
    batch = Batch(restored=torch.rand(2, 3, 8, 8), quality=torch.tensor([0.6, 0.3]), category=torch.tensor([0, 1]))
    identify, rate = RECIPES["paper"].recipe.stages
    cross_entropy = (-math.log(0.75) - math.log(0.5)) / 2
    assert method.loss(identify, batch).item() == pytest.approx(cross_entropy, rel=1e-5)
    # Scores 0.75·0.4 + 0.25·0.8 = 0.5 and 0.5 against 0.6 and 0.3.
    assert method.loss(rate, batch).item() == pytest.approx(cross_entropy + (0.1 + 0.2) / 2, rel=1e-5)


def test_places_without_training_are_masked_and_scores_stay_finite() -> None:
    torch.manual_seed(0)
    method = Meon(categories=5)
    method.initialise(SimpleNamespace(categories=("00", "03")))  # type: ignore[arg-type]
    method.eval()
    assert method.seen.tolist() == [True, True, False, False, False]
    images = torch.rand(2, 3, 180, 180)
    with torch.no_grad():
        before = method.score(images, None)
        assert torch.isfinite(before).all()
        method.network.rate[-1].bias[2:] = 1e6  # type: ignore[index]
        torch.testing.assert_close(method.score(images, None), before)


def test_more_categories_than_places() -> None:
    with pytest.raises(DataError, match="set its parameter categories=3"):
        Meon(categories=2).initialise(SimpleNamespace(categories=("a", "b", "c")))  # type: ignore[arg-type]
