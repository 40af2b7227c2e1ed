"""Agreement with forced choices: by hand, in general, and on real votes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench.stats import vote_agreement, vote_ceiling

pairs = st.lists(
    st.tuples(
        st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 15), st.integers(0, 15), st.sampled_from(["p", "q", "r"])
    ),
    min_size=1,
    max_size=30,
)


def test_by_hand():
    # Agrees with 10 of 15, with 6 of 15, and a tie earns 7.5 of 15.
    result = vote_agreement([2, 1, 3], [1, 2, 3], [10, 9, 15], [5, 6, 0], ["b", "a", "b"])
    assert result.contents == ["a", "b"]
    assert result.agreeing.tolist() == [6.0, 17.5]
    assert result.cast.tolist() == [15.0, 30.0]
    assert result.share == pytest.approx(23.5 / 45)
    assert result.ties == 1
    assert vote_ceiling([10, 9, 15], [5, 6, 0]) == pytest.approx(34 / 45)


def test_without_votes():
    assert np.isnan(vote_agreement([], [], [], [], []).share)
    assert np.isnan(vote_agreement([1], [2], [0], [0], ["a"]).share)
    assert np.isnan(vote_ceiling([], []))


@given(rows=pairs)
@settings(max_examples=100, deadline=None)
def test_monotone_maps_turns_and_the_ceiling(rows):
    a, b, votes_a, votes_b, content = (np.array(column) for column in zip(*rows, strict=True))
    share = vote_agreement(a, b, votes_a, votes_b, content).share
    np.testing.assert_allclose(vote_agreement(np.exp(a), np.exp(b), votes_a, votes_b, content).share, share)
    np.testing.assert_allclose(vote_agreement(-a, -b, votes_a, votes_b, content).share, 1 - share)
    np.testing.assert_allclose(vote_agreement(b, a, votes_b, votes_a, content).share, share)
    ceiling = vote_ceiling(votes_a, votes_b)
    assert np.isnan(ceiling) or share <= ceiling + 1e-12
    perfect = vote_agreement(votes_a, votes_b, votes_a, votes_b, content).share
    np.testing.assert_allclose(perfect, ceiling)


def test_several_methods_at_once():
    generator = np.random.default_rng(1)
    a, b = generator.integers(0, 4, (2, 3, 20))
    votes = generator.integers(0, 15, (2, 20))
    content = generator.integers(0, 5, 20)
    together = vote_agreement(a, b, *votes, content)
    assert together.agreeing.shape == (3, len(together.contents))
    for row in range(3):
        alone = vote_agreement(a[row], b[row], *votes, content)
        assert alone.share == pytest.approx(together.share[row])
        assert alone.ties == together.ties[row]


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="not finite"):
        vote_agreement([np.inf], [1], [1], [2], ["a"])
    with pytest.raises(DataError, match="votes"):
        vote_ceiling([1, 2], [1])
    with pytest.raises(DataError, match="votes"):
        vote_ceiling([-1], [1])


def test_ceiling_of_the_real_votes():
    folder = os.environ.get("IQABENCH_TEST_DATA")
    if not folder:
        pytest.skip("IQABENCH_TEST_DATA is not set")
    votes = pd.read_csv(Path(folder) / "sr-votes" / "votes.csv")
    assert len(votes) == 60
    assert vote_ceiling(votes["votes_a"], votes["votes_b"]) == pytest.approx(0.690, abs=5e-4)
