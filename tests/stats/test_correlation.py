"""Correlations against scipy, hand-worked cases and the invariances that define them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from iqabench._util.errors import DataError
from iqabench.stats import krcc, plcc, srcc, within_content

STATISTICS = [srcc, plcc, krcc]
ORACLES = {srcc: stats.spearmanr, plcc: stats.pearsonr, krcc: stats.kendalltau}
integers = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=30)


@pytest.mark.parametrize("statistic", STATISTICS)
@given(rows=integers)
@settings(max_examples=60, deadline=None)
def test_agrees_with_scipy(statistic, rows):
    x, y = np.array(rows, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(statistic(x, y))
    else:
        assert statistic(x, y) == pytest.approx(ORACLES[statistic](x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize(
    ("x", "y"),
    [([1, 2], [1, 2]), ([], []), ([3, 3, 3, 3], [1, 2, 3, 4]), ([1, 2, 3], [7, 7, 7]), ([0, 0, 0], [1, 2, 3])],
)
def test_undefined_is_nan_without_a_warning(statistic, x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(statistic(x, y))


def test_plcc_of_rounding_noise_is_undefined():
    noise = 1 + np.array([0, 1, 2, 1]) * np.finfo(float).eps
    assert np.isnan(plcc(noise, [1, 2, 3, 4]))


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e300])
def test_plcc_survives_extreme_scales(scale):
    x = np.array([1.0, 2.0, 4.0, 3.0])
    assert plcc(x * scale, x) == pytest.approx(1.0)


def test_hand_worked():
    # Ranks 1 2 3 4 against 2 1 4 3: sum of squared differences 4, rho = 1 - 6*4/(4*15); four of six pairs concordant.
    assert srcc([10, 20, 30, 40], [2, 1, 4, 3]) == pytest.approx(0.6)
    assert krcc([10, 20, 30, 40], [2, 1, 4, 3]) == pytest.approx(1 / 3)
    assert plcc([1, 2, 3], [1, 2, 4]) == pytest.approx(1.5 / np.sqrt(7 / 3))


@given(rows=integers)
@settings(max_examples=60, deadline=None)
def test_rank_statistics_ignore_monotone_maps(rows):
    x, y = np.array(rows, dtype=float).T
    for statistic in (srcc, krcc):
        np.testing.assert_allclose(statistic(np.exp(x / 50) ** 3, y), statistic(x, y), atol=1e-12)
        np.testing.assert_allclose(statistic(-x, y), -np.float64(statistic(x, y)), atol=1e-12)


@given(rows=integers, gain=st.floats(0.01, 100), offset=st.floats(-100, 100))
@settings(max_examples=60, deadline=None)
def test_plcc_ignores_affine_maps(rows, gain, offset):
    x, y = np.array(rows, dtype=float).T
    np.testing.assert_allclose(plcc(gain * x + offset, y), plcc(x, y), atol=1e-9)
    np.testing.assert_allclose(plcc(-gain * x + offset, y), -np.float64(plcc(x, y)), atol=1e-9)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_bad_vectors_are_refused(statistic):
    with pytest.raises(DataError, match="scores: row 1 is nan"):
        statistic([1, np.nan, 3], [1, 2, 3])
    with pytest.raises(DataError, match="one length"):
        statistic([1, 2, 3], [1, 2])
    with pytest.raises(DataError, match="one length"):
        statistic([[1, 2, 3]], [[1, 2, 3]])


def test_within_content_averages_and_names_the_undefined():
    content = ["b", "a", "b", "a", "b", "a", "c", "c", "d", "d", "d"]
    scores = [1, 3, 2, 2, 3, 1, 1, 2, 5, 5, 5]
    mos = [1, 1, 2, 2, 3, 3, 1, 2, 1, 2, 3]
    result = within_content(srcc, scores, mos, content)
    assert list(result.per_content) == ["a", "b", "c", "d"]
    assert result.per_content["a"] == pytest.approx(-1)
    assert result.per_content["b"] == pytest.approx(1)
    assert result.undefined == ["c", "d"]
    assert result.mean == pytest.approx(0)
    assert np.isnan(result.vector).tolist() == [False, False, True, True]


def test_within_content_differs_from_pooled():
    # Content b is better throughout, and the metric rates contents the other way round.
    content = ["a"] * 3 + ["b"] * 3
    scores, mos = [11, 12, 13, 1, 2, 3], [1, 2, 3, 11, 12, 13]
    assert within_content(srcc, scores, mos, content).mean == pytest.approx(1)
    assert srcc(scores, mos) < 0


def test_within_content_without_any_defined_content():
    result = within_content(srcc, [1, 2], [1, 2], ["a", "b"])
    assert np.isnan(result.mean)
    assert result.undefined == ["a", "b"]
