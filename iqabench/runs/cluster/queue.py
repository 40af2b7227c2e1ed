"""Submits pieces of work as one job array and waits for them; what is queued already is not submitted again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench._util.files import write_atomically
from iqabench._util.progress import Overview
from iqabench.results.store import digest

FOLDER = "cluster"
"""Below the results: submitit's files, logs, requests, and which job is at which request."""

POLL_SECONDS = {"local": 0.5, "slurm": 10.0}
REQUEUES = 100
"""How often a job may reach its time limit and go on."""


@dataclass(frozen=True)
class Resources:
    """Where jobs run, and what each one gets."""

    executor: str
    """``slurm`` or ``local`` (processes of this machine)."""
    minutes: int
    partition: str | None = None
    account: str | None = None
    gpus: int = 0
    """GPUs of a job; with more than one, as many processes share the run."""
    cpus: int = 4
    """CPU cores of each process."""


@dataclass(frozen=True)
class Work:
    """A request for one job."""

    name: str
    """For people."""
    request: Any
    """A dataclass of plain data, which the job's process reads again."""

    def text(self) -> str:
        """The request as JSON."""
        return TypeAdapter(type(self.request)).dump_json(self.request, indent=1).decode()

    @property
    def key(self) -> str:
        """Names the files that hold the request and say which job is at it."""
        return digest({"request": self.text()})


@dataclass(frozen=True)
class Queued:
    """A piece of work and its job."""

    work: Work
    job: Any


def submit(works: Sequence[Work], results: Path, resources: Resources, program: str) -> list[Queued]:
    """Submit ``works`` as one job array below ``results``; each job runs ``python -m PROGRAM REQUEST``.

    Work that a job of an earlier command still waits for or is at is left to that job.

    Raises
    ------
    UserError
        If submitit is not installed, there is no such cluster here, or it refuses the jobs.
    """
    try:
        import submitit
    except ImportError as error:
        raise UserError(f"--cluster needs submitit: {how_to_get('cluster')}") from error
    from iqabench.runs.cluster.process import RequestProcess

    folder = (results / FOLDER).absolute()
    known = [_queued_before(work, folder, resources) for work in works]
    fresh = [work for work, job in zip(works, known, strict=True) if job is None]
    jobs: list[Any] = []
    for work in fresh:
        write_atomically(_request_file(work, folder), work.text())
    if fresh:
        try:
            executor = submitit.AutoExecutor(folder, cluster=resources.executor, slurm_max_num_timeout=REQUEUES)
            executor.update_parameters(**_parameters(resources))
            with submitit.helpers.clean_env(), executor.batch():
                jobs = [executor.submit(RequestProcess(program, _request_file(work, folder))) for work in fresh]
        except (RuntimeError, OSError, submitit.core.utils.FailedJobError) as error:
            lines = [line for line in str(error).splitlines() if line.strip()]
            raise UserError(
                f"--cluster {resources.executor}: no job could be submitted ({lines[-1] if lines else error}); "
                "correct the options, or use --cluster local"
            ) from error
    for work, job in zip(fresh, jobs, strict=True):
        write_atomically(folder / f"{work.key}.job", job.job_id)
    new = iter(jobs)
    return [Queued(work, next(new) if job is None else job) for work, job in zip(works, known, strict=True)]


def wait(queued: Sequence[Queued], resources: Resources, overview: Overview) -> None:
    """Wait until every job is over, however it ended; show where each one is."""
    bars = {one.work.key: overview.add(f"{one.work.name} (job {one.job.job_id})", 1) for one in queued}
    states: dict[str, str] = {}
    left = list(queued)
    while left:
        for one in list(left):
            bar, state = bars[one.work.key], str(one.job.state).lower()
            if one.job.done():
                overview.advance(bar, 1)
                overview.end(bar, "over")
                left.remove(one)
            elif state != states.get(one.work.key):
                overview.begin(bar, state)
                states[one.work.key] = state
        if left:
            time.sleep(POLL_SECONDS[resources.executor])


def why_not(one: Queued) -> str:
    """Why the work of a job is not done, in one sentence."""
    first = one.job.task(0)
    log = first.paths.stderr
    told = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    # A requeued job appends to its log: the last words are those of its last attempt.
    errors = [line.removeprefix("error: ") for line in told if line.startswith("error: ")]
    return (
        f"{one.work.name}: {errors[-1] if errors else 'its job ended without a result'} (job {first.job_id}, log {log})"
    )


def _request_file(work: Work, folder: Path) -> Path:
    return folder / f"{work.key}.json"


def _parameters(resources: Resources) -> dict[str, Any]:
    slurm = {"slurm_partition": resources.partition, "slurm_account": resources.account}
    return {
        "name": "iqabench",
        "timeout_min": resources.minutes,
        "cpus_per_task": resources.cpus,
        "gpus_per_node": resources.gpus,
        "tasks_per_node": max(1, resources.gpus),
        **{name: value for name, value in slurm.items() if value is not None},
    }


def _queued_before(work: Work, folder: Path, resources: Resources) -> Any:
    import submitit

    file = folder / f"{work.key}.job"
    if resources.executor != "slurm" or not file.is_file():
        # A process of this machine cannot be asked; a second one waits for the first one's lock, and finds all done.
        return None
    tasks = list(range(max(1, resources.gpus)))
    job: Any = submitit.SlurmJob(folder, file.read_text(encoding="utf-8").strip(), tasks=tasks)
    return None if job.done() else job
