"""Intervals over judges: as wide as Fisher's where choices are independent, wider where judges differ."""

from __future__ import annotations

import numpy as np
import pytest

from iqabench.stats.choices import Choice, ChoiceCounts, count_choices
from iqabench.stats.over_judges import over_judges
from iqabench.stats.paired_scale import bradley_terry, thurstone

NAMES = ("x", "y", "z")
TRUTH = np.array([0.6, 0.0, -0.6])


def judged(judges: int, number: int, taste: float, seed: int = 0) -> list[ChoiceCounts]:
    """Choices of judges whose own scales lie around the truth with the deviation ``taste``."""
    random = np.random.default_rng(seed)
    said = []
    for _ in range(judges):
        own = TRUTH + random.normal(0, taste, 3)
        choices: list[Choice] = []
        for _ in range(number):
            i, j = random.choice(3, 2, replace=False)
            weights = np.array([np.exp((own[i] - own[j]) / 2), np.exp((own[j] - own[i]) / 2), 0.4])
            choices.append((NAMES[i], NAMES[j], str(random.choice(["a", "b", "similar"], p=weights / weights.sum()))))
        said.append(count_choices(choices, NAMES))
    return said


def together(said: list[ChoiceCounts]) -> ChoiceCounts:
    return ChoiceCounts(NAMES, sum(one.wins for one in said), sum(one.ties for one in said))  # type: ignore[arg-type]


@pytest.mark.parametrize("fit", [bradley_terry, thurstone])
def test_they_are_wider_than_fishers_only_where_judges_differ(fit: object) -> None:
    ratios = {}
    for taste in (0.0, 1.2):
        said = judged(30, 40, taste)
        scale = fit(together(said))  # type: ignore[operator]
        found = over_judges(scale, said, fit, draws=200)  # type: ignore[arg-type]
        assert found.known
        assert found.used == 200
        assert (found.low < scale.values).all()
        assert (scale.values < found.high).all()
        ratios[taste] = ((found.high - found.low) / (scale.high - scale.low)).mean()
    assert 0.75 < ratios[0.0] < 1.3, ratios
    assert ratios[1.2] > 1.7, ratios


def test_the_same_choices_give_the_same_intervals() -> None:
    said = judged(8, 20, 0.5)
    scale = bradley_terry(together(said))
    one, other = (over_judges(scale, said, bradley_terry, draws=50) for _ in range(2))
    assert np.array_equal(one.low, other.low)
    assert np.array_equal(one.high, other.high)


def test_a_search_that_begins_near_ends_at_the_same_scale() -> None:
    counts, other = (together(judged(6, 30, 0.4, seed)) for seed in (1, 2))
    for fit in (bradley_terry, thurstone):
        assert fit(counts, fit(other)).values == pytest.approx(fit(counts).values, abs=1e-7)


def test_no_interval_where_there_is_nothing_to_draw_from() -> None:
    one = judged(1, 60, 0.0)
    found = over_judges(bradley_terry(one[0]), one, bradley_terry)
    assert not found.known
    assert np.isnan(found.low).all()
    # Each judge compared another pair: most draws leave one of three pairs, or two, and some an item alone.
    apart = [count_choices([(a, b, "a"), (a, b, "b")] * 9, NAMES) for a, b in (("x", "y"), ("y", "z"))]
    found = over_judges(bradley_terry(together(apart)), apart, bradley_terry, draws=60)
    assert 0 < found.used < 54
    assert not found.known
