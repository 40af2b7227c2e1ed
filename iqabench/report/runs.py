"""The runs of a report: each with a short name of its own, its row of the leaderboard and its scores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iqabench.errors import DataError
from iqabench.results import ResultSet, RunResult
from iqabench.stats.alignment import signed_scores
from iqabench.stats.arrays import Floats

SELECTIONS = {"last": "last epoch", "best": "best epoch on this set", "none": ""}


@dataclass(frozen=True)
class ReportRun:
    """One row of the leaderboard with the scores behind it."""

    key: str
    """``r0``, ``r1``, ... in order of the leaderboard: safe in an attribute, whatever the method is called."""
    name: str
    """Unique within the report, for people."""
    row: dict[str, Any]
    """The leaderboard's row; null cells are None."""
    scores: Floats
    """``(images,)`` in order of the labels, higher meaning better; NaN where there is none."""
    result: RunResult

    @property
    def ranked(self) -> bool:
        """True if it has a rank."""
        return self.row["rank"] is not None


def report_runs(results: ResultSet, frame: pd.DataFrame) -> list[ReportRun]:
    """The runs of ``frame`` (of :func:`iqabench.leaderboard.leaderboard`) in its order.

    Raises
    ------
    DataError
        If two runs share one id, so that a row cannot be told to belong to one of them.
    """
    by_id = {str(run.meta.get("run_id")): run for run in results.runs}
    if len(by_id) < len(results.runs):
        raise DataError(
            f"{results.dataset} {results.split}: two runs have the same run id; delete the copied folder in the results"
        )
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    runs = [by_id[str(row["run_id"])] for row in rows]
    return [
        ReportRun(f"r{i}", name, row, signed_scores(results, run), run)
        for i, (name, row, run) in enumerate(zip(_names(rows), rows, runs, strict=True))
    ]


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """The method's name, and as much more as it takes to tell its runs apart."""
    names = [str(row["method"]) for row in rows]
    extras = (
        lambda row: str(row["reference"]),
        lambda row: str(row["variant"] or ""),
        lambda row: SELECTIONS.get(str(row["selection"]), str(row["selection"])),
        lambda row: str(row["run_id"])[:8],
    )
    for extra in extras:
        repeated = {name for name, count in Counter(names).items() if count > 1}
        names = [
            f"{name} · {extra(row)}" if name in repeated and extra(row) else name
            for name, row in zip(names, rows, strict=True)
        ]
    return names


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
