"""The report's first sentence: who is best, and who cannot be told apart from it."""

from __future__ import annotations

import re
from typing import Any

from iqabench.report.board import interval_text
from iqabench.report.judged import Judged
from iqabench.report.runs import ReportRun


def _letters(run: ReportRun) -> set[str]:
    return set(re.findall(r"[A-Za-z]\d*", run.row["group"] or ""))  # after 52 letters come a1, b1, ...


def headline(runs: list[ReportRun], judged: Judged) -> dict[str, Any] | None:
    """The best run whose epoch was not chosen on this set, and its equals; None if nothing is ranked."""
    ranked = [run for run in runs if run.ranked]
    if not ranked:
        return None
    # An epoch chosen on this very set flatters: it is shown, but it does not lead.
    honest = [run for run in ranked if run.row["selection"] != "best"] or ranked
    best = honest[0]
    letters = _letters(best)
    equals = [run.name for run in honest[1:] if letters & _letters(run)]
    low, high = (best.row[name] for name in judged.bounds)
    return {
        "name": best.name,
        "value": f"{best.row[judged.statistic]:.3f}".replace("-", "−"),
        "interval": None if low is None or high is None else interval_text(low, high),
        "equals": equals,
        "methods": list(dict.fromkeys(run.row["method"] for run in honest[1:] if letters & _letters(run))),
        "flattered": best is not ranked[0],
        "tested": bool(letters) and len(ranked) > 1,
    }
