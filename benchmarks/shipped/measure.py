"""What the scores are worth: order on the validation part, agreement with votes, intervals over contents.

A method trained with several seeds is judged by the mean of its seeds' figures, content by content.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from iqabench import stats

Scores = dict[str, np.ndarray]
"""Method -> ``(seeds, rows)``, higher is better."""


def order(scores: Scores, rows: pd.DataFrame) -> pd.DataFrame:
    """SRCC with the pseudo labels within each content, of each method: mean over seeds, with interval."""
    found = []
    for name, vector in _per_content(scores, rows).items():
        interval = stats.content_mean(vector, (-1.0, 1.0))
        found.append(
            {
                "method": name,
                "seeds": len(scores[name]),
                "contents": len(vector),
                "srcc": float(interval.value),
                "low": float(interval.low),
                "high": float(interval.high),
            }
        )
    return pd.DataFrame(found)


def differences(scores: Scores, rows: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """First minus second of each pair, paired over contents."""
    vectors = _per_content(scores, rows)
    found = []
    for first, second in pairs:
        found.append({"first": first, "second": second, **bounds(stats.content_mean(vectors[first] - vectors[second]))})
    return pd.DataFrame(found)


def gap_closed(scores: Scores, rows: pd.DataFrame, none: str, degraded: str, pristine: str) -> dict[str, float]:
    """(DR - NR) / (FR - NR) of mean SRCC with its interval: 1 would be as good as the pristine reference."""
    vectors = _per_content(scores, rows)
    nr, dr, fr = (vectors[name] for name in (none, degraded, pristine))
    share = stats.content_ratio(dr - nr, fr - nr)
    return {"share": float(share.value), "low": float(share.low), "high": float(share.high)}


def bounds(found: stats.Interval) -> dict[str, float]:
    """A difference and its interval as the columns of a table."""
    return {"difference": float(found.value), "low": float(found.low), "high": float(found.high)}


def agreement(scores: Scores, rows: pd.DataFrame, votes: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Share of votes agreed with, mean over seeds; also the votes that agree, by content, for paired differences."""
    place = pd.Series(np.arange(len(rows)), index=rows["image_id"])
    first, second = place[votes["image_id_a"]].to_numpy(), place[votes["image_id_b"]].to_numpy()
    table, agreeing = [], {}
    for name, values in scores.items():
        counted = [
            stats.vote_agreement(one[first], one[second], votes["votes_a"], votes["votes_b"], votes["content"])
            for one in values
        ]
        agreeing[name] = np.mean([one.agreeing for one in counted], axis=0)
        interval = stats.content_ratio(agreeing[name], counted[0].cast, (0.0, 1.0))
        shares = [float(one.share) for one in counted]
        table.append(
            {
                "method": name,
                "seeds": len(values),
                "agreement": float(interval.value),
                "low": float(interval.low),
                "high": float(interval.high),
                "worst_seed": min(shares),
                "best_seed": max(shares),
            }
        )
    return pd.DataFrame(table), agreeing


def _per_content(scores: Scores, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        name: np.mean(
            [stats.within_content(stats.srcc, one, rows["mos"], rows["content"]).vector for one in values], axis=0
        )
        for name, values in scores.items()
    }
