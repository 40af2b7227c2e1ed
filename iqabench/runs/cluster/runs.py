"""``iqabench run`` by a cluster: one job for each method, split and seed that is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iqabench.methods.contract import MethodEntry
from iqabench.runs.cluster.queue import Queued, Work, why_not
from iqabench.runs.evaluation import Planned
from iqabench.runs.job import EvaluationJob
from iqabench.runs.loading import problem_of
from iqabench.runs.plan import PlannedRun, find
from iqabench.runs.run import RunRequest
from iqabench.runs.summary import RunSummary


def run_by_jobs(
    job: EvaluationJob, planned: Planned, compute: Callable[[Sequence[Work]], list[Queued] | None]
) -> RunSummary | None:
    """Submit a job for every planned run and return the summary; None if the jobs are not waited for.

    ``planned`` is the plan of ``job``; ``compute`` submits and waits.
    """
    summary = RunSummary()
    missing: list[tuple[RunRequest, MethodEntry]] = []
    works: list[Work] = []
    for split in planned.runs:
        for entry in split.run.entries:
            plans = _found(entry, split.run, summary)
            if plans is None:
                continue
            if plans:
                summary.found += len(plans)
                summary.folders += [plan.folder for plan in plans]
            else:
                missing.append((split.run, entry))
                works.append(Work(entry.info.name, job.part(split, entry, planned.names)))
    if not missing:
        return summary
    queued = compute(works)
    if queued is None:
        return None
    for (request, entry), one in zip(missing, queued, strict=True):
        plans = _found(entry, request, summary)
        if plans:
            summary.computed += len(plans)
            summary.folders += [plan.folder for plan in plans]
        elif plans is not None:
            summary.failed(why_not(one), asked=entry.info.name not in request.unasked)
    return summary


def _found(entry: MethodEntry, request: RunRequest, summary: RunSummary) -> list[PlannedRun] | None:
    """The method's runs, ``[]`` if any is not complete, None if it cannot be run at all: the summary says why."""
    try:
        return find(entry, request) or []
    except (Exception, SystemExit) as error:  # building a method may fail in any way; the others go on
        summary.failed(problem_of(entry.info.name, error), asked=entry.info.name not in request.unasked)
        return None
