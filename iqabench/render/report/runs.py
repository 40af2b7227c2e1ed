"""The runs of a report: each with a short name of its own, its row of the leaderboard and its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.render.flat import plain
from iqabench.results.model import RunResult
from iqabench.stats.arrays import Floats
from iqabench.stats.assessment import AssessedGroup, Assessment
from iqabench.stats.grouping import RunGroup
from iqabench.stats.logistic import LogisticFit

SELECTIONS = {"last": "last epoch", "best": "best epoch on this set", "none": ""}


@dataclass(frozen=True)
class ReportRun:
    """One row of the leaderboard with the scores behind it."""

    key: str
    """``r0``, ``r1``, ... in order of the leaderboard: safe in an attribute, whatever the method is called."""
    name: str
    """Unique within the report, for people; says how many seeds it is a mean of, if several."""
    row: dict[str, Any]
    """The leaderboard's row; null cells are None."""
    seeds: list[Floats]
    """``(images,)`` of each seed in order of the labels, higher meaning better; NaN where there is none."""
    group: RunGroup
    fit: LogisticFit | None = None
    """The four-parameter logistic from :attr:`scores` to MOS, where the leaderboard has fitted it."""

    @property
    def ranked(self) -> bool:
        """True if it has a rank."""
        return self.row["rank"] is not None

    @property
    def scores(self) -> Floats:
        """Mean score over the seeds, ``(images,)``."""
        return np.asarray(np.mean(self.seeds, axis=0))

    @property
    def result(self) -> RunResult:
        """The run of the first seed."""
        return self.group.first


def report_runs(assessment: Assessment, frame: pd.DataFrame) -> list[ReportRun]:
    """The rows of ``frame`` (:func:`iqabench.stats.leaderboard.leaderboard` of ``assessment``) in its order.

    Raises
    ------
    DataError
        If two runs share one id, so that a row cannot be told to belong to one of them.
    """
    results = assessment.results
    if len({str(run.meta.get("run_id")) for run in results.runs}) < len(results.runs):
        raise DataError(
            f"{results.dataset} {results.split}: two runs have the same run id; delete the copied folder in the results"
        )
    by_ids = {one.group.run_ids: one for one in assessment.groups}
    columns = [list(map(plain, frame[name].tolist())) for name in frame.columns]
    rows = [dict(zip(map(str, frame.columns), values, strict=True)) for values in zip(*columns, strict=True)]
    found = [by_ids[str(row["run_id"])] for row in rows]
    return [
        ReportRun(f"r{i}", name, row, one.scores, one.group, _fit(one))
        for i, (name, row, one) in enumerate(zip(_names(rows), rows, found, strict=True))
    ]


def _fit(one: AssessedGroup) -> LogisticFit | None:
    """That of the leaderboard, which it takes of each seed; none of the mean over several."""
    return one.samples[0].fit if len(one.samples) == 1 and one.samples[0].scores.size else None


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """The method's name, and as much more as it takes to tell its runs apart."""
    names = [
        str(row["method"]) + (f" ({row['seeds']} seeds)" if row["seeds"] and row["seeds"] > 1 else "") for row in rows
    ]
    extras: tuple[Callable[[dict[str, Any]], str], ...] = (
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
