"""Which pairs are asked: on which metrics disagree most, and at random, every two algorithms equally often."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench.predict.judging.choose import EQUAL, choose_at_random, choose_gmad, pairs_of

ROWS = pd.DataFrame([(f"c{i}", f"a{j}") for i in range(5) for j in range(6)], columns=["content", "algorithm"])


def test_one_metric_that_sees_no_difference_is_set_against_one_that_does() -> None:
    """The two images that psnr calls equal and lpips most different come first."""
    psnr, lpips = np.arange(30.0), np.zeros(30)
    psnr[8] = psnr[7] + 1e-6
    lpips[8] = 50.0
    lpips += 0.01 * np.arange(30)
    chosen = choose_gmad(ROWS, {"psnr": psnr, "lpips": lpips}, 4)
    assert (chosen[0].a, chosen[0].b, chosen[0].why) == (7, 8, "psnr calls the two equal, lpips different")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_every_pair_is_equal_to_one_metric_and_not_to_the_other(seed: int, number: int) -> None:
    random = np.random.default_rng(seed)
    scores = {name: random.normal(size=len(ROWS)) for name in ("x", "y", "z")}
    scores["z"][3] = np.nan
    chosen = choose_gmad(ROWS, scores, number)
    pairs = pairs_of(ROWS)
    assert len(chosen) <= number
    assert len({(one.a, one.b) for one in chosen}) == len(chosen)
    for one in chosen:
        defender, attacker = one.why.split()[0], one.why.split(", ")[1].split()[0]
        gaps = {name: np.abs([values[a] - values[b] for a, b in pairs]) for name, values in scores.items()}
        place = pairs.index((one.a, one.b))
        known = np.isfinite(gaps[defender]) & np.isfinite(gaps[attacker])
        assert gaps[defender][place] <= np.quantile(gaps[defender][known], EQUAL)
        typical = {name: np.sqrt(np.nanmean(values**2)) for name, values in gaps.items()}
        assert gaps[attacker][place] / typical[attacker] > gaps[defender][place] / typical[defender]


@pytest.mark.parametrize("number", [15, 30, 75, 1000])
def test_random_pairs_compare_every_two_algorithms_equally_often(number: int) -> None:
    chosen = choose_at_random(ROWS, number, np.random.default_rng(2))
    counts = Counter(frozenset(ROWS["algorithm"][[one.a, one.b]]) for one in chosen)
    assert len(chosen) == min(number, 75)
    assert set(counts.values()) == {len(chosen) // 15}
    assert all(ROWS["content"][one.a] == ROWS["content"][one.b] for one in chosen)


def test_metrics_that_never_disagree_are_told() -> None:
    values = np.arange(30.0)
    with pytest.raises(DataError, match="never disagree"):
        choose_gmad(ROWS, {"x": values, "y": values}, 3)
    with pytest.raises(DataError, match="two or more"):
        choose_gmad(ROWS, {"x": values}, 3)
