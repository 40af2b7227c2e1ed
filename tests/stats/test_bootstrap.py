"""The content bootstrap against a plain loop, known laws and a stopwatch."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import stats

from iqabench.errors import DataError
from iqabench.stats import (
    bootstrap_mean,
    bootstrap_ratio,
    bootstrap_statistic,
    content_draws,
    paired_bootstrap,
    paired_p_values,
    paired_ratio,
)


def loop_interval(values, counts):
    means = [np.repeat(values, c).mean() for c in counts.astype(int)]
    return np.percentile(means, 2.5), np.percentile(means, 97.5)


def test_mean_equals_a_plain_loop():
    values = np.random.default_rng(0).normal(0.7, 0.1, 25)
    interval = bootstrap_mean(values, draws=500, seed=4)
    low, high = loop_interval(values, content_draws(25, 500, 4))
    assert interval.value == pytest.approx(values.mean())
    assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))


def test_draws_are_whole_resamples_with_a_seed():
    counts = content_draws(25, 1000, 7)
    assert counts.shape == (1000, 25)
    assert (counts.sum(axis=1) == 25).all()
    assert np.array_equal(counts, content_draws(25, 1000, 7))
    assert not np.array_equal(counts, content_draws(25, 1000, 8))
    assert counts.mean(axis=0) == pytest.approx(np.ones(25), abs=0.15)


def test_interval_matches_the_normal_law_for_many_contents():
    values = np.random.default_rng(1).normal(0, 1, 400)
    interval = bootstrap_mean(values, draws=8000)
    error = values.std() / 20
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.01)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.01)


def test_methods_share_draws_and_keep_their_own_undefined_contents():
    table = np.random.default_rng(2).normal(0.5, 0.1, (3, 10))
    table[1, 4] = np.nan
    table[2] = np.nan
    interval = bootstrap_mean(table, draws=300, seed=1)
    alone = bootstrap_mean(table[0], draws=300, seed=1)
    assert interval.low[0] == pytest.approx(alone.low)
    assert interval.value[1] == pytest.approx(np.nanmean(table[1]))
    assert interval.low[1] < interval.value[1] < interval.high[1]
    assert np.isnan([interval.value[2], interval.low[2], interval.high[2]]).all()


def test_one_content_has_no_interval():
    interval = bootstrap_mean([0.5], draws=100)
    assert interval.value == 0.5
    assert np.isnan(interval.low)
    difference = paired_bootstrap([0.5], [0.4], draws=100)
    assert difference.difference == pytest.approx(0.1)
    assert np.isnan([difference.low, difference.high, difference.p, difference.p_student]).all()


def test_ratio_weighs_contents_by_their_votes():
    interval = bootstrap_ratio([9, 10], [10, 40], draws=200)
    assert interval.value == pytest.approx(19 / 50)
    assert interval.low == pytest.approx(10 / 40)
    assert interval.high == pytest.approx(9 / 10)


def test_any_statistic_agrees_with_the_closed_form():
    generator = np.random.default_rng(5)
    values = generator.normal(size=30)
    groups = np.array_split(np.arange(30), 6)
    generic = bootstrap_statistic(lambda rows: float(values[rows].mean()), groups, draws=300, seed=2)
    means = [values[g].mean() for g in groups]
    direct = bootstrap_mean(means, draws=300, seed=2)
    for name in ("value", "low", "high"):
        assert getattr(generic, name) == pytest.approx(getattr(direct, name))


def test_paired_difference_of_equal_methods_is_no_difference():
    values = np.random.default_rng(0).normal(size=12)
    result = paired_bootstrap(values, values)
    assert (result.difference, result.low, result.high, result.p, result.p_student) == (0, 0, 0, 1, 1)


def test_paired_difference_sees_what_separate_intervals_hide():
    generator = np.random.default_rng(6)
    b = generator.normal(0.6, 0.2, 25)
    a = b + generator.normal(0.03, 0.02, 25)
    result = paired_bootstrap(a, b, draws=4000)
    first, second = bootstrap_mean(a), bootstrap_mean(b)
    assert first.low < second.high
    assert 0 < result.low < result.difference < result.high
    assert result.p == pytest.approx(2 / 4001)
    assert result.p_student == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=0.5)
    swapped = paired_bootstrap(b, a, draws=4000)
    assert swapped.difference == pytest.approx(-result.difference)
    assert swapped.p == result.p


def test_student_p_follows_the_paired_t_test():
    generator = np.random.default_rng(8)
    a, b = generator.normal(0.05, 0.1, (2, 15)) + np.array([[0.04], [0.0]])
    result = paired_bootstrap(a, b, draws=20000)
    assert result.p_student == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=0.05)


def test_p_is_uniform_when_there_is_no_difference():
    generator = np.random.default_rng(9)
    ps = [paired_bootstrap(*generator.normal(size=(2, 25)), draws=400).p_student for _ in range(300)]
    assert 0.02 < np.mean(np.array(ps) < 0.05) < 0.09
    assert np.mean(ps) == pytest.approx(0.5, abs=0.06)


def test_paired_leaves_out_contents_undefined_for_either():
    result = paired_bootstrap([0.9, np.nan, 0.7, 0.4], [0.5, 0.5, np.nan, 0.3], draws=100)
    assert result.contents == 2
    assert result.difference == pytest.approx((0.4 + 0.1) / 2)


def test_paired_ratio_by_hand():
    result = paired_ratio([8, 20], [4, 20], [10, 30], draws=500)
    assert result.difference == pytest.approx(4 / 40)
    assert (result.low, result.high) == (pytest.approx(0), pytest.approx(0.4))


def test_all_pairs_at_once_equal_each_pair_alone():
    table = np.random.default_rng(4).normal(0.5, 0.1, (4, 12))
    table[3] = table[1]
    together = paired_p_values(table, np.ones(12), draws=500, seed=3)
    for i in range(4):
        assert np.isnan(together[i, i])
        for j in range(i):
            alone = paired_bootstrap(table[i], table[j], draws=500, seed=3).p_student
            assert together[i, j] == together[j, i] == pytest.approx(alone)
    assert together[1, 3] == 1
    assert np.isnan(paired_p_values(table[:, :1], np.ones(1))).all()


def test_no_draws_are_refused():
    with pytest.raises(DataError, match="0 bootstrap draws"):
        bootstrap_mean([1, 2], draws=0)


def test_twenty_methods_ten_thousand_draws_under_a_second():
    table = np.random.default_rng(0).random((20, 25))
    start = time.process_time()
    bootstrap_mean(table, draws=10_000)
    assert time.process_time() - start < 1
