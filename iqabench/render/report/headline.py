"""The report's first sentence: who is best, and who cannot be told apart from it."""

from __future__ import annotations

from typing import Any

from iqabench.render.report.board import interval_text
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.stats.assessment import Assessment
from iqabench.stats.pairwise import too_few


def headline(runs: list[ReportRun], ranking: Ranking, assessment: Assessment) -> dict[str, Any] | None:
    """The best run whose epoch was not chosen on this set, and its equals; None if nothing is ranked."""
    ranked = [run for run in runs if run.ranked]
    if not ranked:
        return None
    # An epoch chosen on this very set flatters: it is shown, but it does not lead.
    honest = [run for run in ranked if run.row["selection"] != "best"] or ranked
    best, others = honest[0], honest[1:]
    equals = [run for run in others if _verdict(assessment, best, run) == "same"]
    low, high = (best.row[name] for name in ranking.bounds)
    return {
        "name": best.name,
        "value": f"{best.row[ranking.statistic]:z.3f}".replace("-", "−"),
        "interval": None if low is None or high is None else interval_text(low, high),
        "equals": [run.name for run in equals],
        "methods": list(dict.fromkeys(run.row["method"] for run in equals)),
        "flattered": best is not ranked[0],
        "tested": assessment.pairwise.tested and len(others) > 0,
        "untested": "" if assessment.pairwise.tested or not others else too_few(assessment.pairwise.contents),
    }


def _verdict(assessment: Assessment, one: ReportRun, other: ReportRun) -> str:
    found = assessment.between(one.group, other.group)
    return "untested" if found is None else found.verdict
