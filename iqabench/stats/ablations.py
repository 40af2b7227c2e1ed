"""Rows of a leaderboard that are ablations, which are left out unless asked for; the test still counts them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from iqabench.methods.ablations import IsAblation, ablation_test
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.grouping import group_runs

HIDDEN = "ablations_hidden"
"""Column of a leaderboard: how many rows are left out; null where none is."""


def without_ablations(sets: Iterable[ResultSet], named: Collection[str] = ()) -> set[Path] | None:
    """Folders of the runs that are shown; None if all are.

    Of the methods ``named`` (default: all) every run that is no ablation; where a named method has no other, or a split
    has no other, all of them.
    """
    is_ablation = ablation_test()
    shown: set[Path] = set()
    hides = False
    for one in sets:
        runs = [run for run in one.runs if not named or run.method in named]
        kept = [run for run in runs if not _is_ablation(run, is_ablation)]
        lacking = {run.method for run in runs} - {run.method for run in kept} if named or not kept else set()
        kept += [run for run in runs if run.method in lacking]
        hides |= len(kept) < len(one.runs)
        shown |= {run.path for run in kept if run.path is not None}
    return shown if hides else None


def hidden_ones(runs: Sequence[RunResult]) -> list[bool]:
    """For each of ``runs`` of one method, True if tables leave it out; none is left out where all would be."""
    if len(runs) < 2:
        return [False] * len(runs)
    is_ablation = ablation_test()
    found = [_is_ablation(run, is_ablation) for run in runs]
    return [one and not all(found) for one in found]


def only_shown(sets: Sequence[ResultSet], shown: Collection[Path] | None) -> list[ResultSet]:
    """The sets without the runs that are not shown."""
    if shown is None:
        return list(sets)
    return [replace(one, runs=[run for run in one.runs if run.path in shown]) for one in sets]


def count_hidden(frame: pd.DataFrame, results: ResultSet) -> pd.DataFrame:
    """The leaderboard ``frame`` of some rows of ``results``, which says how many are left out."""
    rows = len(group_runs(results.runs))
    return frame.assign(**{HIDDEN: rows - len(frame)}).astype({HIDDEN: "Int64"}) if len(frame) < rows else frame


def _is_ablation(run: RunResult, is_ablation: IsAblation) -> bool:
    foreign = (run.meta.get("identity") or {}).get("code") is not None
    return is_ablation(run.method, run.meta.get("parameters") or {}, foreign)
