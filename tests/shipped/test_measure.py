"""The figures of the model card, against small cases done by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.shipped import measure


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"{c}{i}" for c in "xyz" for i in range(4)],
            "content": [c for c in "xyz" for _ in range(4)],
            "mos": [1.0, 2.0, 3.0, 4.0] * 3,
        }
    )


def test_the_order_is_the_mean_over_seeds_and_contents(rows: pd.DataFrame) -> None:
    right, wrong = np.tile([1, 2, 3, 4], 3), np.tile([4, 3, 2, 1], 3)
    table = measure.order({"a": np.stack([right, right]), "b": np.stack([right, wrong])}, rows).set_index("method")
    assert table.loc["a", ["srcc", "low", "high"]].tolist() == pytest.approx([1, 1, 1])
    assert table.loc["b", "srcc"] == pytest.approx(0)
    paired = measure.differences({"a": right[None], "b": wrong[None]}, rows, [("a", "b")])
    assert paired.loc[0, ["difference", "low", "high"]].tolist() == pytest.approx([2, 2, 2])


def test_the_share_of_the_gap_is_one_for_a_method_as_good_as_full_reference(rows: pd.DataFrame) -> None:
    best, half, none = (np.tile(one, 3)[None] for one in ([1, 2, 3, 4], [1, 3, 2, 4], [2, 1, 4, 3]))
    scores = {"nr": none, "dr": half, "fr": best}
    # Spearman's correlations are 0.6, 0.8 and 1.
    assert measure.gap_closed(scores, rows, "nr", "dr", "fr")["share"] == pytest.approx(0.5)
    assert measure.gap_closed(scores, rows, "nr", "fr", "fr")["share"] == pytest.approx(1)


def test_agreement_counts_votes(rows: pd.DataFrame) -> None:
    votes = pd.DataFrame(
        {
            "content": ["x", "y"],
            "image_id_a": ["x0", "y0"],
            "image_id_b": ["x1", "y1"],
            "votes_a": [10, 5],
            "votes_b": [5, 0],
        }
    )
    prefers_a, prefers_b = np.tile([2, 1, 0, 0], 3), np.tile([1, 2, 0, 0], 3)
    table, agreeing = measure.agreement({"m": np.stack([prefers_a, prefers_b])}, rows, votes)
    assert table.loc[0, "agreement"] == pytest.approx((15 / 20 + 5 / 20) / 2)
    assert table.loc[0, ["worst_seed", "best_seed"]].tolist() == pytest.approx([0.25, 0.75])
    assert agreeing["m"].tolist() == pytest.approx([7.5, 2.5])
