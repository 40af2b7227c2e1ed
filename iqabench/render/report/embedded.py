"""Data that the report's script works on: scores, ranks, pairs and thumbnails as plain JSON values."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from iqabench.render.report.disagreement import Disagreements
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.render.report.scatter import Scatter
from iqabench.render.report.thumbnails import Thumbnails
from iqabench.results.model import ResultSet
from iqabench.stats.arrays import Floats
from iqabench.stats.assessment import Assessment

DIGITS = 5
"""Significant digits of embedded scores: a tooltip needs no more, and the file stays small."""
KINDS = {"human": "human", "pseudo": "PSEUDO", "none": "no labels"}


def embedded_data(
    results: ResultSet,
    runs: list[ReportRun],
    ranking: Ranking,
    found: Disagreements | None,
    plot: Scatter | None,
    thumbnails: Thumbnails,
) -> dict[str, Any]:
    """Everything that sorting, choosing and pointing need, as values for JSON (None for what is missing).

    Images are those that are drawn or named by a pair; ``pairs`` and ``thumbs`` count among them.
    """
    kind = str(results.card.get("label_kind", "none"))
    compared = {run.key for run in found.runs} if found else set()
    drawn = {panel.run.key for panel in plot.panels} if plot else set()
    # What no dot and no card shows stays out: the page of a large data set would be too large for a browser.
    rows = np.union1d(plot.rows if plot else np.arange(0), np.array(found.used if found else [], dtype=np.intp))
    places = {int(row): place for place, row in enumerate(rows)}
    return {
        "images": results.labels["image_id"].astype(str).to_numpy()[rows].tolist(),
        "label": f"{'votes won' if ranking.by_votes else 'MOS'} ({KINDS.get(kind, kind)})",
        "labels": _numbers((found.label if found else ranking.mos)[rows]),
        "labelRanks": _numbers(found.label_ranks[rows]) if found else [],
        "sizes": found.sizes[rows].tolist() if found else [],
        "runs": {
            run.key: {
                "name": run.name,
                "sign": run.result.sign,
                "scores": _numbers(run.result.sign * run.scores[rows]),
                "ranks": _numbers(found.ranks[run.key][rows]) if found and run.key in compared else [],
            }
            for run in runs
            if run.key in compared | drawn
        },
        "pairs": {pair: [places[row] for row in named] for pair, named in found.pairs.items()} if found else {},
        "thumbs": {places[row]: address for row, address in thumbnails.made.items()},
    }


def tested_data(runs: list[ReportRun], ranking: Ranking, assessment: Assessment) -> dict[str, Any]:
    """Ranks, figures and every test between two ranked runs, as the page shows them, in full precision."""
    figures = (
        "rank",
        ranking.statistic,
        *ranking.bounds,
        "seeds",
        "training_seed",
        "level_with",
        "not_ranked",
        "run_id",
    )
    tested = [
        (one, other, found)
        for one, other in combinations([run for run in runs if run.ranked], 2)
        if (found := assessment.between(one.group, other.group)) is not None
    ]
    return {
        "board": {run.key: {"method": run.row["method"], **{name: run.row[name] for name in figures}} for run in runs},
        "tests": [
            {
                "a": one.key,
                "b": other.key,
                **{name: None if np.isnan(value) else value for name, value in vars(found).items()},
                "verdict": found.verdict,
            }
            for one, other, found in tested
        ],
    }


def default_cards(data: dict[str, Any], pair: str) -> list[dict[str, str]]:
    """The cards of one pair of ``data["pairs"]``, which a reader without scripts sees."""
    first, second = (data["runs"][key] for key in pair.split())
    return [
        {
            "image": data["images"][row],
            "thumb": data["thumbs"].get(row, ""),
            "label": _said(data["labels"][row], data["labelRanks"][row], data["sizes"][row]),
            "a": _said(first["scores"][row], first["ranks"][row], data["sizes"][row]),
            "b": _said(second["scores"][row], second["ranks"][row], data["sizes"][row]),
        }
        for row in data["pairs"][pair]
    ]


def _said(value: float | None, rank: float | None, size: int) -> str:
    if value is None or rank is None:
        return "–"
    return f"rank {rank:g} of {size} ({value:.{DIGITS}g})"


def _numbers(values: Floats) -> list[float | None]:
    return [_short(float(value)) if np.isfinite(value) else None for value in values]


def _short(value: float) -> float:
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e9 else rounded
