"""Pair accuracy against a plain double loop, and by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench.stats import algorithm_pair_accuracy, pair_accuracy

rows = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.sampled_from("ab"), st.sampled_from("xy")),
    min_size=1,
    max_size=25,
)


def plain(scores, mos, content, category, minimum):
    right = pairs = 0.0
    for i in range(len(mos)):
        for j in range(i):
            if (content[i], category[i]) != (content[j], category[j]) or not abs(mos[i] - mos[j]) > minimum:
                continue
            pairs += 1
            product = (scores[i] - scores[j]) * (mos[i] - mos[j])
            right += 1.0 if product > 0 else 0.5 if product == 0 else 0.0
    return (right / pairs if pairs else float("nan")), pairs


@given(rows=rows, minimum=st.sampled_from([0, 1, 3]))
@settings(max_examples=100, deadline=None)
def test_agrees_with_a_double_loop_and_ignores_monotone_maps(rows, minimum):
    scores, mos, content, category = (list(column) for column in zip(*rows, strict=True))
    result = pair_accuracy(scores, mos, content, category, minimum)
    accuracy, pairs = plain(scores, mos, content, category, minimum)
    assert result.pairs == pairs
    np.testing.assert_allclose(result.accuracy, accuracy)
    mapped = pair_accuracy(np.exp(scores), mos, content, category, minimum)
    np.testing.assert_allclose(mapped.accuracy, accuracy)
    turned = pair_accuracy(-np.array(scores), mos, content, category, minimum)
    np.testing.assert_allclose(turned.accuracy, 1 - accuracy)


def test_by_hand():
    # One content, one category; pairs: (1,2) right, (1,3) prediction ties, (2,3) wrong; row 4 ties with row 3 in MOS.
    result = pair_accuracy([1, 2, 1, 5], [10, 20, 70, 70], ["a"] * 4, ["x"] * 4)
    # 12 right, 13 half, 14 right, 23 wrong, 24 right, 34 left out.
    assert result.pairs == 5
    assert result.accuracy == pytest.approx(3.5 / 5)
    over_50 = pair_accuracy([1, 2, 1, 5], [10, 20, 70, 70], ["a"] * 4, ["x"] * 4, minimum_difference=50)
    assert over_50.pairs == 2
    assert over_50.accuracy == pytest.approx(1.5 / 2)


def test_a_constant_metric_earns_one_half():
    assert pair_accuracy([0] * 4, [1, 2, 3, 4], ["a"] * 4, ["x"] * 4).accuracy == 0.5


def test_no_pair_is_undefined():
    result = pair_accuracy([1, 2], [1, 2], ["a", "b"], ["x", "x"])
    assert result.pairs == 0
    assert np.isnan(result.accuracy)
    assert np.isnan(pair_accuracy([], [], [], []).accuracy)
    assert np.isnan(algorithm_pair_accuracy([], [], [], []).accuracy)


def test_over_algorithm_means_by_hand():
    algorithm = ["p", "q", "r", "p", "q", "r"]
    category = ["x", "x", "y", "x", "x", "y"]
    # Means: p 2, q 3 (predicted); p 15, q 10 (MOS): the one pair within a category is wrong.
    result = algorithm_pair_accuracy([1, 3, 9, 3, 3, 9], [10, 10, 1, 20, 10, 1], algorithm, category)
    assert (result.pairs, float(result.accuracy)) == (1, 0.0)


def test_several_methods_at_once():
    generator = np.random.default_rng(0)
    scores, mos = generator.random((4, 60)), generator.random(60)
    content, category = generator.integers(0, 3, 60), generator.integers(0, 2, 60)
    together = pair_accuracy(scores, mos, content, category)
    means = algorithm_pair_accuracy(scores, mos, generator.integers(0, 9, 60), category)
    assert together.accuracy.shape == means.accuracy.shape == (4,)
    for row, value in zip(scores, together.accuracy, strict=True):
        assert pair_accuracy(row, mos, content, category).accuracy == pytest.approx(value)


def test_missing_scores_are_refused():
    with pytest.raises(DataError, match="not finite"):
        pair_accuracy([1, np.nan], [1, 2], ["a", "a"], ["x", "x"])
    with pytest.raises(DataError, match="1 scores, 2 MOS"):
        pair_accuracy([1], [1, 2], ["a", "a"], ["x", "x"])


def test_fifty_methods_on_the_table_13_pairs_are_quick():
    generator = np.random.default_rng(0)
    content, category = np.repeat(np.arange(25), 13), np.full(325, "03")
    start = time.process_time()
    result = pair_accuracy(generator.random((50, 325)), generator.random(325), content, category)
    assert time.process_time() - start < 0.5
    assert result.pairs == 1950


def test_names_may_be_objects():
    content = np.array(["b", "a", "b"], dtype=object)
    assert pair_accuracy([1, 2, 3], [1, 2, 3], content, content).pairs == 1
