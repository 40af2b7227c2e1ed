"""``iqabench run`` by a cluster: one job for each method, split and seed that is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from iqabench.methods.contract import MethodEntry
from iqabench.runs.cluster.queue import Queued, Work, why_not
from iqabench.runs.evaluation import Planned
from iqabench.runs.job import EvaluationJob
from iqabench.runs.loading import problem_of
from iqabench.runs.plan import PlannedRun, find
from iqabench.runs.run import RunRequest
from iqabench.runs.summary import RunSummary


@dataclass
class Missing:
    """What is to be submitted of one plan, and the summary of what is there already."""

    summary: RunSummary
    runs: list[tuple[RunRequest, MethodEntry]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    """One for each of ``runs``."""

    def collected(self, queued: Sequence[Queued]) -> RunSummary:
        """The summary after the jobs of :attr:`works` have ended."""
        for (request, entry), one in zip(self.runs, queued, strict=True):
            plans = _found(entry, request, self.summary)
            if plans:
                self.summary.computed += len(plans)
                self.summary.folders += [plan.folder for plan in plans]
            elif plans is not None:
                self.summary.failed(why_not(one), asked=entry.info.name not in request.unasked)
        return self.summary


def missing(job: EvaluationJob, planned: Planned) -> Missing:
    """One job for every planned run that is not there; ``planned`` is the plan of ``job``."""
    found = Missing(RunSummary())
    for split in planned.runs:
        for entry in split.run.entries:
            plans = _found(entry, split.run, found.summary)
            if plans is None:
                continue
            if plans:
                found.summary.found += len(plans)
                found.summary.folders += [plan.folder for plan in plans]
            else:
                found.runs.append((split.run, entry))
                found.works.append(Work(entry.info.name, job.part(split, entry, planned.names)))
    return found


def run_by_jobs(
    plans: Sequence[tuple[EvaluationJob, Planned]], compute: Callable[[Sequence[Work]], list[Queued] | None]
) -> RunSummary | None:
    """Submit a job for every planned run and return the summary; None if the jobs are not waited for.

    ``plans`` are jobs with the plan of each; ``compute`` submits and waits, for all of them at once.
    """
    parts = [missing(job, planned) for job, planned in plans]
    works = [work for part in parts for work in part.works]
    queued = compute(works) if works else []
    if queued is None:
        return None
    summary = RunSummary()
    several = len({planned.dataset for _, planned in plans}) > 1
    for part, (_, planned) in zip(parts, plans, strict=True):
        own, queued = queued[: len(part.works)], queued[len(part.works) :]
        collected = part.collected(own)
        summary.add(collected.naming(planned.dataset) if several else collected)
    return summary


def _found(entry: MethodEntry, request: RunRequest, summary: RunSummary) -> list[PlannedRun] | None:
    """The method's runs, ``[]`` if any is not complete, None if it cannot be run at all: the summary says why."""
    try:
        return find(entry, request) or []
    except (Exception, SystemExit) as error:  # building a method may fail in any way; the others go on
        summary.failed(problem_of(entry.info.name, error), asked=entry.info.name not in request.unasked)
        return None
