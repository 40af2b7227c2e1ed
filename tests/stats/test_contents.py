"""Intervals and tests over contents against scipy, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from iqabench.stats import Pairwise, content_mean, content_ratio
from iqabench.stats.pairwise import LEAST_CONTENTS, p_text

FIGURES = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(FIGURES, min_size=2, max_size=40))
def test_a_mean_is_the_one_sample_t(values):
    found, spread = content_mean(values), np.std(values)
    assert found.value == pytest.approx(np.mean(values), abs=1e-12)
    if spread > 1e-9:
        expected = stats.ttest_1samp(values, 0)
        interval = expected.confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
        assert found.p == pytest.approx(expected.pvalue)
    else:
        assert found.low == found.high == found.value
        assert found.p == (1 if found.value == 0 else 0)


@given(st.lists(st.tuples(FIGURES, st.integers(0, 30)), min_size=1, max_size=40))
@settings(deadline=None)
def test_the_interval_leaves_zero_out_exactly_where_p_is_below_five_per_cent(parts):
    bottoms = [cast for _, cast in parts]
    found = content_ratio([share * cast for share, cast in parts], bottoms)
    assert found.contents == np.count_nonzero(bottoms)
    if found.contents < 2:
        assert np.isnan([found.low, found.high, found.p]).all()
    else:
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_equal_votes_make_a_ratio_the_mean_of_shares():
    shares = np.array([[0.2, 0.9, 0.4, 0.6, 0.5, 0.7], [0.1, 0.3, 0.8, 0.2, 0.9, 0.6]])
    ratio, mean = content_ratio(15 * shares, np.full(6, 15.0)), content_mean(shares)
    for name in ("value", "low", "high", "p"):
        assert getattr(ratio, name) == pytest.approx(getattr(mean, name))


def test_an_interval_does_not_leave_the_range_of_the_figure():
    found = content_mean([0.99, 0.7, 0.98], (-1.0, 1.0))
    assert found.low < 0.7
    assert found.high == 1


def test_undefined_contents_are_left_out():
    with_gap, without = content_mean([[0.9, np.nan, 0.7, 0.4]]), content_mean([[0.9, 0.7, 0.4]])
    assert (with_gap.low, with_gap.high, with_gap.contents) == (without.low, without.high, 3)
    assert np.isnan(content_mean([np.nan, np.nan]).value)


@pytest.mark.parametrize("contents", [5, 7, 25, 200])
@pytest.mark.parametrize("kind", ["mean", "equal votes", "uneven votes"])
def test_equal_methods_are_called_different_in_five_of_a_hundred(contents, kind):
    # 4,000 simulations: one standard error is 0.35 points; see benchmarks/calibration for the whole simulation.
    generator = np.random.default_rng([contents, len(kind)])
    if kind == "mean":
        gaps, bottoms = generator.normal(0, 0.2, (4000, contents)), np.ones((4000, contents))
    else:
        pairs = generator.integers(2, 20, (4000, contents)) if "uneven" in kind else np.full((4000, contents), 10)
        right = [generator.binomial(pairs, generator.beta(6, 3, pairs.shape)) for _ in range(2)]
        gaps, bottoms = (right[0] - right[1]).astype(float), pairs.astype(float)
    assert np.mean(content_ratio(gaps, bottoms).p < 0.05) == pytest.approx(0.05, abs=0.011)


@pytest.mark.parametrize("contents", [5, 9, 25])
def test_intervals_of_single_rows_hold_the_truth_in_95_of_100(contents):
    generator = np.random.default_rng(contents)
    values = np.tanh(generator.normal(0.8, 0.3, (4000, contents)))
    truth = np.tanh(generator.normal(0.8, 0.3, 2_000_000)).mean()
    found = content_mean(values, (-1.0, 1.0))
    assert np.mean((found.low <= truth) & (truth <= found.high)) == pytest.approx(0.95, abs=0.02)


def test_every_pair_and_its_reverse():
    table = np.random.default_rng(4).normal(0.5, 0.1, (4, 12))
    table[3] = table[1]
    found = Pairwise(table, np.ones(12))
    raw = [stats.ttest_rel(table[i], table[j]).pvalue for i in range(4) for j in range(i + 1, 4) if {i, j} != {1, 3}]
    assert found.between(0, 2).p == pytest.approx(stats.ttest_rel(table[0], table[2]).pvalue)
    assert found.between(2, 0) == found.between(0, 2).turned()
    assert found.between(1, 3).p == found.between(1, 3).p_adjusted == 1
    assert found.between(1, 3).verdict == found.between(1, 1).verdict == "same"
    assert min(found.between(i, j).p_adjusted for i in range(4) for j in range(4)) == pytest.approx(
        min(1, 6 * min(raw))
    )
    told = [[found.between(i, j).verdict in ("better", "worse") for j in range(4)] for i in range(4)]
    assert (found.significant == told).all()


def test_fewer_than_six_contents_are_not_tested():
    table = np.array([[0.9, 0.91, 0.92, 0.9, 0.91], [0.1, 0.11, 0.1, 0.12, 0.1]])
    found = Pairwise(table, np.ones(5))
    assert LEAST_CONTENTS == 6
    assert not found.tested
    assert found.between(0, 1).verdict == "untested"
    assert np.isnan(found.between(0, 1).p)
    assert found.between(0, 1).low > 0.7
    assert not found.significant.any()
    assert Pairwise(np.ones((0, 4)), np.ones(4)).pairs == 0


def test_a_pair_outside_of_the_table_counts_as_one_more():
    table = np.random.default_rng(2).normal(0.5, 0.1, (3, 8))
    other = table[0] + 0.3 + np.linspace(0, 0.01, 8)
    found = Pairwise(table, np.ones(8)).with_pair(other, table[0], np.ones(8))
    assert found.pairs == 4
    assert found.p_adjusted == pytest.approx(4 * found.p)
    assert found.verdict == "better"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "p < 0.0001"),
        (0.00012, "p = 0.0001"),
        (0.04999, "p = 0.04999"),
        (0.05, "p = 0.0500"),
        (0.05001, "p = 0.0500"),
        (0.123, "p = 0.12"),
        (1.0, "p = 1.00"),
    ],
)
def test_a_p_value_is_never_rounded_across_the_level(p, text):
    assert p_text(p) == text
