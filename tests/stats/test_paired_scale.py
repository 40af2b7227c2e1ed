"""Bradley–Terry with ties and Thurstone's case V, beside closed forms and a maximiser that knows no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from scipy.stats import norm

from iqabench._util.errors import DataError
from iqabench.stats.choices import Choice, ChoiceCounts, count_choices
from iqabench.stats.more_choices import scaled_pairs
from iqabench.stats.paired_scale import PairedScale, bradley_terry, thurstone

NAMES = ("w", "x", "y", "z")


def drawn(seed: int, number: int, truth: np.ndarray, tie: float = 0.5) -> list[Choice]:
    random = np.random.default_rng(seed)
    choices: list[Choice] = []
    for _ in range(number):
        i, j = random.choice(len(truth), 2, replace=False)
        gap = (truth[i] - truth[j]) / 2
        weights = np.array([np.exp(gap), np.exp(-gap), tie])
        said = random.choice(["a", "b", "similar"], p=weights / weights.sum())
        choices.append((NAMES[i], NAMES[j], str(said)))
    return choices


def test_two_items_have_a_closed_form() -> None:
    counts = count_choices([("x", "y", "a")] * 30 + [("y", "x", "a")] * 12 + [("x", "y", "similar")] * 20)
    scale = bradley_terry(counts)
    assert scale.values[0] - scale.values[1] == pytest.approx(np.log(30 / 12), abs=1e-8)
    assert scale.tie == pytest.approx(20 / np.sqrt(30 * 12), abs=1e-8)
    probit = thurstone(counts)
    assert probit.values[0] - probit.values[1] == pytest.approx(norm.ppf(40 / 62), abs=1e-8)
    assert not scale.smoothed


def test_two_items_have_the_interval_of_a_log_odds() -> None:
    """Without ties: var(log(w/l)) = 1/w + 1/l, and each item is half the difference from the mean."""
    scale = bradley_terry(count_choices([("x", "y", "a")] * 30 + [("x", "y", "b")] * 12))
    assert scale.errors[0] == pytest.approx(np.sqrt(1 / 30 + 1 / 12) / 2, rel=1e-7)
    assert scale.tie == 0


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(-1.5, 1.5), min_size=3, max_size=4))
def test_the_maximum_is_that_of_a_search_without_gradients(seed: int, truth: list[float]) -> None:
    counts = count_choices(drawn(seed, 80, np.array(truth)))
    if len(counts.names) < 3 or not counts.bounded(counts.wins):
        return
    scale = bradley_terry(counts)

    def loss(values: np.ndarray, tie: float) -> float:
        total = 0.0
        for i in range(len(values)):
            for j in range(i):
                gap = (values[i] - values[j]) / 2
                terms = np.array([gap, -gap, np.log(tie)])
                told = terms - special.logsumexp(terms)
                total -= told @ [counts.wins[i, j], counts.wins[j, i], counts.ties[i, j]]
        return total

    found = optimize.minimize(
        lambda at: loss(np.append(at[:-1], -at[:-1].sum()), np.exp(at[-1])),
        np.zeros(len(counts.names)),
        method="Powell",
        options={"xtol": 1e-6, "ftol": 1e-10},
    )
    assert scale.values.sum() == pytest.approx(0, abs=1e-9)
    assert loss(scale.values, scale.tie) <= found.fun + 1e-6
    assert scale.values == pytest.approx(np.append(found.x[:-1], -found.x[:-1].sum()), abs=2e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_turning_every_choice_turns_the_scale(seed: int) -> None:
    counts = count_choices(drawn(seed, 60, np.array([0.5, 0.0, -0.5, 0.2])))
    turned = ChoiceCounts(counts.names, counts.wins.T, counts.ties)
    for fit in (bradley_terry, thurstone):
        assert fit(turned).values == pytest.approx(-fit(counts).values, abs=1e-6)


def test_intervals_hold_what_they_promise() -> None:
    truth = np.array([0.9, 0.3, -0.3, -0.9])
    scales = [bradley_terry(count_choices(drawn(seed, 400, truth))) for seed in range(40)]
    inside = np.mean([(one.low <= truth) & (truth <= one.high) for one in scales])
    assert 0.9 <= inside <= 0.99


@pytest.mark.parametrize("fit", [bradley_terry, thurstone])
@pytest.mark.parametrize("far", [3.0, 30.0, 3000.0])
def test_a_search_that_begins_far_away_ends_at_the_same_scale(fit: Any, far: float) -> None:
    counts = ChoiceCounts(("a", "b", "c"), np.array([[0.0, 5, 6], [3, 0, 4], [2, 4, 0]]), np.zeros((3, 3)))
    near = PairedScale(counts.names, np.array([far, 0, -far]), np.eye(3), 0.0, smoothed=False)
    np.testing.assert_allclose(fit(counts, near).values, fit(counts).values, atol=1e-9)


def test_one_who_always_wins_is_bounded_and_it_is_said() -> None:
    scale = bradley_terry(count_choices([("x", "y", "a")] * 9 + [("y", "z", "a"), ("y", "z", "b")]))
    assert scale.smoothed
    assert np.isfinite(scale.values).all()
    assert scale.names[int(np.argmax(scale.values))] == "x"
    assert thurstone(count_choices([("x", "y", "a")] * 9)).smoothed


def test_similar_alone_does_not_hold_an_item_that_always_wins() -> None:
    """Davidson's tie grows with the difference; as half a vote for each, *similar* holds Thurstone's scale."""
    counts = count_choices([("x", "y", "a")] * 9 + [("x", "y", "similar")] * 3)
    scale = bradley_terry(counts)
    assert scale.smoothed
    assert scale.values[0] - scale.values[1] == pytest.approx(np.log(9.5 / 0.5), abs=1e-8)
    assert not thurstone(counts).smoothed


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ([("w", "x", "a"), ("y", "z", "b")], "w, x; y, z"),
        ([("x", "y", "similar")] * 4, "every choice is 'similar'"),
        ([], "groups stand apart: none"),
    ],
)
def test_no_scale(choices: list[Choice], problem: str) -> None:
    for fit in (bradley_terry, thurstone):
        with pytest.raises(DataError, match=problem):
            fit(count_choices(choices))


def test_the_choices_that_are_missing_tell_apart() -> None:
    """With the number that it names, at the same shares, the pair is told apart; the power is 80 %."""
    choices = [("x", "y", "a")] * 12 + [("x", "y", "b")] * 8 + [("x", "y", "similar")] * 5
    (pair,) = scaled_pairs(bradley_terry(count_choices(choices)))
    assert (pair.better, pair.apart) == ("x", False)
    assert pair.more is not None
    total = 25 + pair.more
    random = np.random.default_rng(1)
    found = 0
    for _ in range(120):
        a, b, alike = random.multinomial(total, [12 / 25, 8 / 25, 5 / 25])
        said: list[Choice] = [("x", "y", "a")] * a + [("x", "y", "b")] * b + [("x", "y", "similar")] * alike
        (one,) = scaled_pairs(bradley_terry(count_choices(said)))
        found += one.apart
    assert 0.68 <= found / 120 <= 0.92


def test_equal_items_are_never_told_apart() -> None:
    (pair,) = scaled_pairs(bradley_terry(count_choices([("x", "y", "a"), ("x", "y", "b")] * 10)))
    assert pair.more is None
    (clear,) = scaled_pairs(bradley_terry(count_choices([("x", "y", "a")] * 60 + [("x", "y", "b")] * 5)))
    assert (clear.apart, clear.more) == (True, 0)
