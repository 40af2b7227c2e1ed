"""From results to everything that the template shows; nothing here writes HTML."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from iqabench._util.version import __version__
from iqabench.render.columns import choose
from iqabench.render.footer import footer
from iqabench.render.leaderboards import lay_out
from iqabench.render.report.board import board
from iqabench.render.report.curve import reference_curve, references
from iqabench.render.report.diagram import SLIM, diagram
from iqabench.render.report.disagreement import disagreements
from iqabench.render.report.embedded import default_cards, embedded_data, tested_data
from iqabench.render.report.facts import Facts, report_facts
from iqabench.render.report.headline import headline
from iqabench.render.report.heatmap import heat_map
from iqabench.render.report.provenance import provenance
from iqabench.render.report.ranking import ranking_of
from iqabench.render.report.runs import ReportRun, report_runs
from iqabench.render.report.scatter import fits, scatter
from iqabench.render.report.significance import differences, significance
from iqabench.render.report.thumbnails import Thumbnails
from iqabench.render.table import Table
from iqabench.results.model import ResultSet
from iqabench.stats.ablations import HIDDEN, count_hidden
from iqabench.stats.assessment import assess
from iqabench.stats.leaderboard import leaderboard
from iqabench.stats.pairwise import too_few


def report_context(
    results: ResultSet,
    *,
    image_root: Path | None = None,
    over: pd.DataFrame | None = None,
    shown: Collection[Path] | None = None,
) -> dict[str, Any]:
    """Compute every figure of one report.

    Parameters
    ----------
    results
        Runs and labels of one split.
    image_root
        Folder that the labels' ``image`` paths are relative to; None for a report without thumbnails.
    over
        Means over the splits of this data set (:func:`iqabench.stats.leaderboard.over_splits`), if there are several.
    shown
        Folders of the runs that are shown; the page says how many are left out. Default: all.

    Returns
    -------
    dict
        The variables of ``report.html.j2``.

    Raises
    ------
    DataError
        If there are no labels, or the runs contradict each other.
    """
    assessment = assess(results)
    frame = count_hidden(leaderboard(results, shown, assessment), results)
    runs, ranking = report_runs(assessment, frame), ranking_of(results)
    mos_sign = 1 if results.card.get("mos_higher_is_better", True) else -1
    thumbnails = Thumbnails(image_root, results.labels["image"].astype(str).tolist())
    found = disagreements(runs, ranking, mos_sign)
    for row in found.used if found else ():
        thumbnails.add(row)
    plot = scatter(runs, ranking, mos_sign)
    data = embedded_data(results, runs, ranking, found, plot, thumbnails) | tested_data(runs, ranking, assessment)
    curve, matrix = reference_curve(runs, ranking), significance(runs, assessment)
    facts = report_facts(results, runs, by_votes=ranking.by_votes)
    return {
        "version": __version__,
        "results": results,
        "facts": facts,
        "ranking": ranking,
        "runs": runs,
        "headline": headline(runs, ranking, assessment),
        "board": board(frame, runs, ranking),
        "over": _over_splits(over, facts) if over is not None else None,
        "heat": heat_map(runs, ranking),
        "scatter": plot,
        "fits": fits(plot, facts) if plot else None,
        "curve": curve,
        "references": references(curve, ranking, facts) if curve else None,
        "untested": too_few(assessment.pairwise.contents),
        "hidden": int(frame[HIDDEN].iloc[0]) if len(frame) and frame[HIDDEN].notna().any() else 0,
        "matrix": matrix,
        "diagram": diagram(matrix, ranking) if matrix else None,
        "slim": diagram(matrix, ranking, SLIM) if matrix else None,
        "differences": differences(matrix, ranking, facts) if matrix else None,
        "disagreements": found,
        "cards": default_cards(data, " ".join(run.key for run in found.first_shown)) if found else [],
        "thumbnails": thumbnails,
        "data": data,
        "notes": footer(frame, [column.name for column in choose(frame)]),
        "provenance": provenance(runs, facts),
        "citations": _citations(results, runs),
    }


def _over_splits(frame: pd.DataFrame, facts: Facts) -> Table:
    """The table of means over the splits, without a column of row headings."""
    table = lay_out(frame)
    return replace(
        table,
        columns=[replace(column, heading=False) for column in table.columns],
        caption=f"{table.footer[0]} {facts.sentence('no interval: splits share contents')}",
    )


def _citations(results: ResultSet, runs: list[ReportRun]) -> list[str]:
    texts = [str(results.card.get("citation") or "")]
    texts += [str(run.result.meta["method"].get("citation") or "") for run in runs]
    return [text for text in dict.fromkeys(text.strip() for text in texts) if text]
