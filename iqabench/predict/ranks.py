"""Ranks of restorations of the same input, and of algorithms over all inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from iqabench.predict.score_pairs import MethodScores
from iqabench.predict.ties import tied


def ranks_within_content(frame: pd.DataFrame, scores: pd.DataFrame, columns: Sequence[MethodScores]) -> pd.DataFrame:
    """Rank of every image among the restorations of its content, by each method; 1 is best, ties share their mean.

    Images of equal pixels tie whatever their scores.

    Returns
    -------
    DataFrame
        Indexed as ``frame``, one column per method; NaN without a score, or where there is none to compare it with.
    """
    ranked, scores = pd.DataFrame(index=frame.index), tied(frame, scores)
    for column in columns:
        grouped = (-column.sign * scores[column.name]).groupby(frame["content"])
        ranked[column.name] = grouped.rank(method="average").where(grouped.transform("count") > 1)
    return ranked


@dataclass(frozen=True)
class AlgorithmRanks:
    """Mean rank of every algorithm."""

    frame: pd.DataFrame
    """Indexed by algorithm, one column per method, sorted by the first; NaN where no content can be compared."""
    contents: dict[str, int]
    """By method: contents that every algorithm restored and the method scored throughout; only these count."""


def rank_algorithms(
    frame: pd.DataFrame, scores: pd.DataFrame, columns: Sequence[MethodScores]
) -> AlgorithmRanks | None:
    """Mean rank of the algorithms over contents; None unless there are several, each with one image per content.

    Only contents that all algorithms restored count, since a rank among fewer is another rank.
    """
    algorithms = sorted(set(frame["algorithm"]))
    if len(algorithms) < 2 or "" in algorithms or frame.duplicated(["content", "algorithm"]).any():
        return None
    scores = tied(frame, scores)
    means, counted = pd.DataFrame(index=pd.Index(algorithms, name="algorithm")), {}
    for column in columns:
        keyed = frame[["content", "algorithm"]].assign(score=scores[column.name])
        table = keyed.pivot_table(index="content", columns="algorithm", values="score", dropna=False)
        complete = table.reindex(columns=algorithms).dropna()
        counted[column.name] = len(complete)
        means[column.name] = (-column.sign * complete).rank(axis=1, method="average").mean()
    if not any(counted.values()):
        return None
    return AlgorithmRanks(means.sort_values([column.name for column in columns], kind="stable"), counted)
