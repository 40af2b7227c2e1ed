from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from baselines.shared.ranking import DistanceRanking, elo_probability, squared_preference_loss


def test_400_elo_points_are_ten_to_one() -> None:
    probability = elo_probability(torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.5, 0.5, 0.5]))
    torch.testing.assert_close(probability, torch.tensor([10 / 11, 0.5, 1 / 11]))


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_probabilities_of_both_orders_sum_to_one(a: float, b: float) -> None:
    qa, qb = torch.tensor([a]), torch.tensor([b])
    torch.testing.assert_close(elo_probability(qa, qb) + elo_probability(qb, qa), torch.ones(1))


def test_squared_preference_by_hand() -> None:
    loss = squared_preference_loss(torch.tensor([0.0, 0.0]), torch.tensor([math.log(3), 0.0]), torch.tensor([1.0, 0.5]))
    # Preferences 0.75 and 0.5 against 1 and 0.5.
    assert loss.item() == pytest.approx(0.25**2 / 2)


def test_distance_ranking_by_hand() -> None:
    judge = DistanceRanking(slope=2.0)
    loss = judge(torch.tensor([0.1]), torch.tensor([0.4]), torch.tensor([0.8]))
    predicted = 1 / (1 + math.exp(-2.0 * 0.3))
    assert loss.item() == pytest.approx(-0.8 * math.log(predicted) - 0.2 * math.log(1 - predicted), rel=1e-5)


def test_distance_ranking_is_the_same_under_exchange() -> None:
    judge = DistanceRanking()
    a, b, p = torch.rand(5), torch.rand(5), torch.rand(5)
    torch.testing.assert_close(judge(a, b, p), judge(b, a, 1 - p))


def test_better_image_farther_away_costs_more() -> None:
    judge = DistanceRanking()
    near, far, sure = torch.tensor([0.1]), torch.tensor([0.5]), torch.ones(1)
    assert judge(near, far, sure) < judge(far, near, sure)
