"""From jobs and runs to a tidy frame: one row per cell, ours beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.methods.registry import Registry
from iqabench.reproduce.intervals import NONE, interval
from iqabench.reproduce.jobs import Asked, TableJob
from iqabench.reproduce.marks import Marked, marks
from iqabench.reproduce.match import Finder, Found
from iqabench.reproduce.plans import TablePlan
from iqabench.reproduce.source import Source
from iqabench.reproduce.values import chosen_labels, compute, limits_of
from iqabench.results.model import RunResult
from iqabench.results.provenance import libraries_text
from iqabench.results.signature import signature_of_run
from iqabench.stats.statistic import Figure

OK, PARTIAL, MISSING, FAILED, LEFT_OUT = "ok", "partial", "missing", "failed", "left out"
"""Status of a cell: all seeds there; some; none yet; cannot be computed; not for these data."""

COLUMNS = (
    *(
        "table",
        "row",
        "group",
        "column",
        "statistic",
        "method",
        "reference",
        "parameters",
        "dataset",
        "labels",
        "split",
    ),
    *(
        "ours",
        "low",
        "high",
        "spread",
        "seeds",
        "mark",
        "best",
        "paper",
        "difference",
        "status",
        "reason",
        "images",
        "contents",
        "pairs",
        "note",
    ),
    *("recipe", "start", "trained_on", "retrained", "run_notes", "direction", "digits", "fingerprint", "run_ids"),
    *("signatures", "libraries"),
)
"""Columns of a table's frame, in order."""


@dataclass(frozen=True)
class ShownParts:
    """What a table shows beside the plan's cells."""

    seeds: tuple[int, ...]
    best: bool = False
    """The epoch that validated best, too."""


@dataclass
class PaperTable:
    """One table: its frame (:data:`COLUMNS`) and what its reader must know beside."""

    plan: TablePlan
    source: Source
    frame: pd.DataFrame
    clashes: list[str]
    shown: ShownParts
    citations: Mapping[str, str] = field(default_factory=dict)
    """BibTeX of the methods that have any."""
    problems: list[str] = field(default_factory=list)


@dataclass
class _Evaluated:
    """A cell with its figures, one for each seed that is there."""

    asked: Asked
    figures: list[Figure]
    runs: list[RunResult]
    status: str
    reason: str
    best: list[Figure] = field(default_factory=list)
    """Figures of the epochs that validated best."""


def build(
    plan: TablePlan,
    asked: Sequence[Asked],
    finder: Finder,
    shown: ShownParts,
    problems: dict[TableJob, str] | None = None,
) -> PaperTable:
    """Evaluate every cell from the runs that are there."""
    evaluated = [_evaluate(one, finder, problems or {}, shown.best) for one in asked]
    by_place = {(one.asked.cell.row, one.asked.cell.column): one for one in evaluated}
    rows = [_row(plan, one, by_place, finder.source) for one in evaluated]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    floats = ["ours", "low", "high", "spread", "best", "difference"]
    frame[floats] = frame[floats].astype("float64")
    frame["mark"] = marks([Marked(one.asked.cell, value) for one, value in zip(evaluated, frame["ours"], strict=True)])
    whole = ["seeds", "images", "contents", "pairs", "digits"]
    frame[whole] = frame[whole].astype("Int64")
    return PaperTable(plan, finder.source, frame, list(finder.clashes), shown, _citations(asked, finder.registry))


def _citations(asked: Sequence[Asked], registry: Registry) -> dict[str, str]:
    methods = dict.fromkeys(one.cell.method for one in asked if one.jobs)
    return {name: info.citation for name in methods if (info := registry.get(name).info).citation}


def _evaluate(asked: Asked, finder: Finder, problems: dict[TableJob, str], best: bool) -> _Evaluated:
    if asked.left_out:
        return _Evaluated(asked, [], [], LEFT_OUT, asked.left_out)
    figures: list[Figure] = []
    runs: list[RunResult] = []
    chosen: list[Figure] = []
    reasons: list[str] = []
    failed = False
    for job in asked.jobs:
        found = finder.find(job)
        if found.results is None or found.run is None:
            failed = failed or job in problems
            reasons.append(problems.get(job, found.reason))
            continue
        try:
            figures.append(compute(found.results, found.run, asked.cell.spec))
            runs.append(found.run)
            flattered = finder.find(job, best=True) if best else Found()
            if flattered.results is not None and flattered.run is not None:
                chosen.append(compute(flattered.results, flattered.run, asked.cell.spec))
        except DataError as error:
            # The scores are whole, so it is the data that do not define the figure (no pair, one image a content).
            return _Evaluated(asked, [], [], LEFT_OUT, str(error))
    status = OK if not reasons else FAILED if failed and not figures else PARTIAL if figures else MISSING
    return _Evaluated(asked, figures, runs, status, "; ".join(dict.fromkeys(reasons)), chosen)


def _row(
    plan: TablePlan, evaluated: _Evaluated, by_place: dict[tuple[str, str], _Evaluated], source: Source
) -> dict[str, Any]:
    cell, jobs = evaluated.asked.cell, evaluated.asked.jobs
    values, status, reason = _values(evaluated, by_place)
    ours = float(np.mean(values)) if values else np.nan
    base = _base(evaluated, by_place)
    # A row that is its own baseline is 0 by definition, not by measurement.
    measured = bool(values) and base is not evaluated
    low, high = interval(evaluated.figures, base.figures if base else [], limits_of(cell.spec)) if measured else NONE
    shown = source.labels_of(jobs[0].split) if jobs else None
    labels = chosen_labels(shown, cell.spec) if shown is not None else None
    trainings = [run.meta["training"] for run in evaluated.runs if run.meta.get("training")]
    notes = dict.fromkeys(str(note) for run in evaluated.runs for note in run.meta.get("notes") or [])
    return {
        "table": plan.name,
        "row": cell.row,
        "group": cell.group,
        "column": cell.column,
        "statistic": cell.statistic,
        "method": cell.method,
        "reference": jobs[0].reference if jobs else cell.spec.reference or "",
        "parameters": jobs[0].parameters if jobs else "",
        "dataset": source.name,
        "labels": source.card.label_kind,
        "split": jobs[0].split if jobs else "",
        "ours": ours,
        "low": low,
        "high": high,
        "spread": float(np.std(values, ddof=1)) if len(values) > 1 else np.nan,
        "seeds": len(values),
        "mark": "",
        "best": _best(evaluated, base),
        "paper": cell.published.text if cell.published else "",
        "difference": ours - cell.published.value if cell.published else np.nan,
        "status": status,
        "reason": reason,
        "images": len(labels) if labels is not None else None,
        "contents": int(labels["content"].nunique()) if labels is not None else None,
        "pairs": evaluated.figures[0].pairs if evaluated.figures else None,
        "note": "; ".join(dict.fromkeys(figure.note for figure in evaluated.figures if figure.note)),
        "recipe": _joined(one.get("recipe") for one in trainings),
        "start": _joined(one.get("start") for one in trainings),
        "trained_on": _joined(one.get("dataset") for one in trainings),
        "retrained": any(job.retrained for job in jobs),
        "run_notes": "; ".join(notes),
        "direction": cell.direction,
        "digits": cell.published.digits if cell.published else cell.digits,
        "fingerprint": source.fingerprint,
        "run_ids": " ".join(str(run.meta.get("run_id")) for run in evaluated.runs),
        "signatures": "; ".join(signature_of_run(run.meta) for run in evaluated.runs),
        "libraries": "; ".join(dict.fromkeys(libraries_text(run.meta) for run in evaluated.runs)),
    }


def _base(evaluated: _Evaluated, by_place: dict[tuple[str, str], _Evaluated]) -> _Evaluated | None:
    cell = evaluated.asked.cell
    return None if cell.spec.baseline is None else by_place[cell.spec.baseline, cell.column]


def _best(evaluated: _Evaluated, base: _Evaluated | None) -> float:
    """Mean over the seeds of the best epochs' figures, less the baseline's; NaN if a seed has none."""
    if not evaluated.best or len(evaluated.best) < len(evaluated.figures):
        return float("nan")
    value = float(np.mean([figure.value for figure in evaluated.best]))
    if base is None:
        return value
    beside = base.best or base.figures
    return value - float(np.mean([figure.value for figure in beside])) if beside else float("nan")


def _values(evaluated: _Evaluated, by_place: dict[tuple[str, str], _Evaluated]) -> tuple[list[float], str, str]:
    """Figures by seed, with the baseline row's taken off where the cell asks for it."""
    values = [figure.value for figure in evaluated.figures]
    base = _base(evaluated, by_place)
    if base is None or evaluated.status in (LEFT_OUT, FAILED, MISSING):
        return values, evaluated.status, evaluated.reason
    if not base.figures:
        return [], base.status, f"its baseline {base.asked.cell.row!r} is {base.status}: {base.reason}"
    taken = [figure.value for figure in base.figures]
    if len(taken) != len(values):
        taken = [float(np.mean(taken))] * len(values)
    return [value - other for value, other in zip(values, taken, strict=True)], evaluated.status, evaluated.reason


def _joined(words: Any) -> str:
    return ", ".join(dict.fromkeys(str(word) for word in words if word))
