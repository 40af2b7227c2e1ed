"""What a job of a cluster runs, ``python -m iqabench.cli.job FILE``: computes the request that FILE holds as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from iqabench.cli.main import at_work, main
from iqabench.cli.output import note, tell_outcome
from iqabench.cli.together import shares_work

if TYPE_CHECKING:
    from iqabench.reproduce.job import TablesJob
    from iqabench.runs.job import EvaluationJob


@click.command("job")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@shares_work(lambda given: False)
def job_command(file: Path) -> int:
    """Compute the request in FILE; print its summary to standard error."""
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview

    job = read_job(file)
    came = job.carry_out(note, Overview())
    return tell_outcome([*came.lines(), f"kept in {job.request.results}"], came.problems) if is_first() else 0


def read_job(file: Path) -> EvaluationJob | TablesJob:
    """The request that a command wrote for one of its jobs."""
    from pydantic import Field, TypeAdapter

    from iqabench.reproduce.job import TablesJob
    from iqabench.runs.job import EvaluationJob

    kinds = Annotated[EvaluationJob | TablesJob, Field(discriminator="kind")]
    job: EvaluationJob | TablesJob = TypeAdapter(kinds).validate_json(file.read_bytes())
    return job


if __name__ == "__main__":
    main(at_work(job_command))
