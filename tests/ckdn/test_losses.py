"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from ckdn.losses import distillation_loss, relative_loss, relative_probability, score_loss


def test_score_loss_is_the_mean_squared_error() -> None:
    assert score_loss(torch.tensor([0.5, 0.2]), torch.tensor([0.7, 0.5])).item() == pytest.approx((0.04 + 0.09) / 2)


def test_distillation_loss_is_the_mean_over_all_elements() -> None:
    pristine, degraded = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5)
    assert distillation_loss(pristine, degraded).item() == pytest.approx(0.25)


def test_400_elo_points_are_odds_of_ten_to_one() -> None:
    probability = relative_probability(torch.tensor([1.0, 0.6, 0.8]), torch.tensor([0.6, 1.0, 0.8]), 0.4)
    torch.testing.assert_close(probability, torch.tensor([10 / 11, 1 / 11, 0.5]))


def test_relative_probability_is_eq_5_in_elo() -> None:
    first, second = 1520.0, 1433.0
    expected = 1 / (1 + 10 ** ((second - first) / 400))
    got = relative_probability(torch.tensor([(first - 900) / 1000]), torch.tensor([(second - 900) / 1000]), 0.4)
    assert got.item() == pytest.approx(expected, abs=1e-6)


def test_relative_probability_of_far_images_is_finite() -> None:
    assert math.isfinite(relative_probability(torch.tensor([500.0]), torch.tensor([-500.0]), 0.4).item())


@pytest.mark.parametrize(("target", "expected"), [("first", (0.6 - 10 / 11) ** 2), ("second", (0.6 - 1 / 11) ** 2)])
def test_relative_loss_by_target(target: str, expected: float) -> None:
    loss = relative_loss(torch.tensor([0.6]), torch.tensor([1.0]), torch.tensor([0.6]), 0.4, target)  # type: ignore[arg-type]
    assert loss.item() == pytest.approx(expected, abs=1e-6)
