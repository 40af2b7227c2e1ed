"""``iqabench run --dataset A,B,C``: every method on every set, one table over all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from iqabench.cli.output import note, tell_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from iqabench.results.model import ResultSet
    from iqabench.runs.cluster.queue import Queued, Work
    from iqabench.runs.evaluation import EvaluationRequest
    from iqabench.runs.job import EvaluationJob
    from iqabench.runs.many_sets import PlannedPart

    Submit = Callable[[Sequence[Work]], list[Queued] | None]


def run_sets(
    job: EvaluationJob,
    requests: Sequence[EvaluationRequest],
    submit: Submit | None,
    style: str,
    with_contaminated: bool,
) -> int:
    """Compute what is missing on each set, here or by ``submit``, and print the table; return the exit code."""
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview
    from iqabench.cli.table import print_many_sets
    from iqabench.runs.cluster.runs import run_by_jobs
    from iqabench.runs.evaluation import compute
    from iqabench.runs.job import EvaluationJob
    from iqabench.runs.many_sets import plan_sets
    from iqabench.runs.summary import RunSummary

    plan = EvaluationJob.plan if submit is None else EvaluationJob.plan_for_jobs
    planned = plan_sets(job, requests, plan, note)
    if submit is not None:
        collected = run_by_jobs([(part.job, part.planned) for part in planned.parts], submit)
        if collected is None:
            return 0
        summary = collected
    else:
        summary = RunSummary()
        for part in planned.parts:
            summary.add(compute(part.planned, Overview()).naming(part.planned.dataset))
        if not is_first():
            return 0
    if summary.folders:  # else every method failed, and the problems say why
        folders = {folder.path for folder in summary.folders}
        print_many_sets(_results(planned.parts, folders), style, with_contaminated)
    lines = [*summary.lines(), f"kept in {job.request.results}"]
    return tell_outcome(lines, [*planned.problems, *summary.problems])


def _results(parts: Sequence[PlannedPart], folders: set[Path]) -> list[ResultSet]:
    """What was computed or found, one for each data set: the runs of this command alone."""
    from iqabench.results.store import load_results

    runs = [split.run for part in parts for split in part.planned.runs]
    keys = dict.fromkeys((run.results, run.dataset.card.name, run.split_name, run.fingerprint) for run in runs)
    found = []
    for results, name, split, fingerprint in keys:
        for one in load_results(results, name, split):
            chosen = [run for run in one.runs if run.path in folders]
            if one.fingerprint == fingerprint and chosen:
                found.append(replace(one, runs=chosen))
    return found
