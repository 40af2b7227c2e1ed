"""Figures of the ladder and the control as a results folder keeps them, for columns of its leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from iqabench.checks.control.measure import ALL, Controls
from iqabench.checks.ladder.climb import Climb
from iqabench.predict.loaded import LoadedMethod
from iqabench.results.checks import data_scope, maker
from iqabench.results.store import digest
from iqabench.runs.record import run_facts
from iqabench.runs.setup import Opened


def ladder_rows(
    climb: Climb, shares: pd.DataFrame, methods: Sequence[LoadedMethod], precision: str
) -> list[dict[str, Any]]:
    """For each method the share of all pairs in order; methods of which a score is missing are left out."""
    contents = sorted(set(climb.frame["content"]))
    pictures = digest({"contents": contents, "size": climb.size, "seed": climb.seed})[:8]
    whole = shares[(shares["kind"] == ALL) & (shares["start"] == ALL)].set_index("method")
    return [
        {
            **_made(one, precision),
            "scope": f"{len(contents)} contents of {climb.size} pixels ({pictures})",
            "value": whole["share"][one.name],
            "low": whole["low"][one.name],
            "high": whole["high"][one.name],
            "images": whole["pairs"][one.name],
            "contents": whole["contents"][one.name],
            "verdict": "",
        }
        for one in methods
        if one.name in whole.index and pd.notna(whole["share"][one.name])
    ]


def control_rows(
    controls: Controls, opened: Opened, methods: Sequence[LoadedMethod], precision: str
) -> list[dict[str, Any]]:
    """For each method that has a figure the smaller of its two differences, which decides, and the verdict."""
    split = opened.split.digest if opened.split is not None else ALL
    found = {row.method: row for row in controls.rows if row.task == ALL}
    rows = []
    for one in methods:
        row = found.get(one.name)
        if row is None or pd.isna(row.minus_other):
            continue
        other = (row.minus_other, row.minus_other_low, row.minus_other_high)
        itself = (row.minus_itself, row.minus_itself_low, row.minus_itself_high)
        value, low, high = min(other, itself)
        counts = {"images": row.images, "contents": row.contents, "verdict": row.verdict}
        scope = data_scope(controls.dataset, opened.fingerprint, split)
        rows.append({**_made(one, precision), "scope": scope, "value": value, "low": low, "high": high, **counts})
    return rows


def _made(one: LoadedMethod, precision: str) -> dict[str, str]:
    """Its own name, whatever it was called by, and what made it."""
    facts = run_facts(
        one.method,
        **dict.fromkeys(("reference", "dataset", "fingerprint", "split"), ""),
        precision=precision,
        training=None if one.training is None else dict(one.training),
        selection="none" if one.training is None else "last",
        protocol=None,
    )
    return {"method": one.method.info.name, "maker": maker(facts)}
