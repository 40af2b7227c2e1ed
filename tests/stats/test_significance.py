"""Holm, the ranks and the letters against hand and brute force."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench.stats import holm, indistinguishable_groups, ranks_level_with


def test_holm_by_hand():
    # 0.01 x 4, then 0.02 x 3 = 0.06, 0.03 x 2 = 0.06, 0.005 is the smallest: x 4; never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]).size == 0


def test_holm_leaves_out_what_was_not_tested():
    adjusted = holm([[0.02, np.nan], [np.nan, 0.03]])
    assert adjusted.shape == (2, 2)
    assert adjusted[0, 0] == pytest.approx(0.04)
    assert adjusted[1, 1] == pytest.approx(0.04)
    assert np.isnan(adjusted[0, 1])
    with pytest.raises(DataError, match="p-values"):
        holm([1.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_follows_its_definition(p):
    adjusted = holm(p)
    for i, value in enumerate(p):
        # Rejected at level a exactly if every smaller or equal p passes its own threshold.
        order = np.argsort(p, kind="stable")
        steps = [(len(p) - k) * p[j] for k, j in enumerate(order)]
        position = list(order).index(i)
        assert adjusted[i] == pytest.approx(min(1.0, max(steps[: position + 1])))
        assert adjusted[i] >= value


def tokens(letters):
    return set(re.findall(r"[A-Za-z]\d*", letters))


def test_letters_by_hand():
    # 0 and 2 differ, 1 differs from neither; 3 differs from all.
    significant = np.zeros((4, 4), bool)
    for i, j in [(0, 2), (0, 3), (1, 3), (2, 3)]:
        significant[i, j] = significant[j, i] = True
    assert indistinguishable_groups(significant) == ["a", "ab", "b", "c"]
    assert indistinguishable_groups(np.zeros((3, 3), bool)) == ["a", "a", "a"]
    assert indistinguishable_groups(np.zeros((0, 0), bool)) == []


@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_ranks_name_exactly_those_that_do_not_differ(methods, density, seed):
    upper = np.triu(np.random.default_rng(seed).random((methods, methods)) < density, 1)
    significant = upper | upper.T
    told = ranks_level_with(np.arange(1, methods + 1), significant, ["m"] * methods)
    for row, text in zip(significant, told, strict=True):
        named = set()
        for part in text.split(", "):
            low, _, high = part.partition("–")
            named |= set(range(int(low), int(high or low) + 1))
        assert named == set(np.flatnonzero(~row) + 1)


def test_ranks_by_hand():
    significant = np.zeros((5, 5), bool)
    significant[0, 3] = significant[3, 0] = True
    assert ranks_level_with([1, 2, 2, 4, 5], significant, list("abcde"))[0] == "1–2, 5"
    assert ranks_level_with([1, 2, 2, 4, 5], significant, list("abcde"))[1] == "1–5"


def test_of_methods_that_share_a_rank_those_that_are_meant_are_named():
    significant = np.zeros((3, 3), bool)
    significant[0, 1] = significant[1, 0] = True
    assert ranks_level_with([1, 2, 2], significant, list("abc")) == ["1, 2 (c)", "2", "1–2"]


def test_a_rank_that_nobody_has_interrupts_no_range():
    significant = np.zeros((6, 6), bool)
    significant[0, 4] = significant[4, 0] = True
    told = ranks_level_with([1, 2, 2, 2, 5, 5], significant, list("abcdef"))
    assert told == ["1–2, 5 (f)", "1–5", "1–5", "1–5", "2–5", "1–5"]


def test_more_methods_than_letters():
    letters = indistinguishable_groups(~np.eye(60, dtype=bool))
    assert letters[51:54] == ["Z", "a1", "b1"]
    assert len(set(letters)) == 60


@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_sharing_a_letter_means_no_difference_and_the_reverse(methods, density, seed):
    upper = np.triu(np.random.default_rng(seed).random((methods, methods)) < density, 1)
    significant = upper | upper.T
    letters = [tokens(word) for word in indistinguishable_groups(significant)]
    assert all(letters)
    for i in range(methods):
        for j in range(i):
            assert bool(letters[i] & letters[j]) != significant[i, j]


def test_letters_need_a_symmetric_matrix():
    with pytest.raises(DataError, match="symmetric"):
        indistinguishable_groups([[False, True], [False, False]])
