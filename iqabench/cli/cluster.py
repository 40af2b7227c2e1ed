"""``--cluster`` and its options, and what ``run`` and ``reproduce`` do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.errors import UserError
from iqabench._util.text import counted

if TYPE_CHECKING:
    from iqabench.runs.cluster.queue import Queued, Resources, Work

PROGRAM = "iqabench.cli.job"
"""The module that computes a job's request."""

PARAMETERS = ("cluster", "partition", "account", "minutes", "gpus", "cpus", "no_wait")
"""Parameters of :func:`cluster_options`."""


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--cluster`` and what belongs to it; ``command`` is given ``resources`` (None without it) and ``no_wait``."""

    @wraps(command)
    def function(*, no_wait: bool, **rest: Any) -> Any:
        resources = _resources_of(click.get_current_context())
        others = {name: value for name, value in rest.items() if name not in PARAMETERS}
        return command(resources=resources, no_wait=no_wait, **others)

    for option in (
        click.option("--no-wait", is_flag=True, help="Submit and return; the same command again waits and collects."),
        click.option("--cpus", default=4, show_default=True, type=click.IntRange(1), help="CPU cores of each process."),
        click.option("--gpus", default=0, show_default=True, type=click.IntRange(0), help="GPUs of each job."),
        click.option(
            "--time", "minutes", default=240, show_default=True, type=click.IntRange(1),
            help="Minutes of a job; one that needs more is requeued and goes on.",
        ),
        click.option("--account", help="Slurm account."),
        click.option("--partition", help="Slurm partition."),
        click.option(
            "--cluster",
            type=click.Choice(["slurm", "local"]),
            help="Submit every run as a job of its own, wait, and collect; local: processes of this machine.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def _resources_of(context: click.Context) -> Resources | None:
    """The resources asked for; None without ``--cluster``. Raises UserError for options that do not go together."""
    from click.core import ParameterSource

    given = context.params
    if given["cluster"] is None:
        for name in PARAMETERS[1:]:
            if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
                option = next(one.opts[0] for one in context.command.params if one.name == name)
                raise UserError(f"{option} says how jobs are submitted; add --cluster slurm, or leave it out")
        return None
    if given.get("rerun"):
        raise UserError("--rerun with --cluster: a requeued job would begin again; name another --results folder")
    from iqabench.runs.cluster.queue import Resources

    return Resources(
        executor=given["cluster"],
        minutes=given["minutes"],
        partition=given["partition"],
        account=given["account"],
        gpus=given["gpus"],
        cpus=given["cpus"],
    )


def submit_and_wait(works: Sequence[Work], results: Path, resources: Resources, no_wait: bool) -> list[Queued] | None:
    """Submit ``works`` and wait for them; with ``no_wait`` say how to collect, and return None."""
    from iqabench._util.progress import Overview, messages
    from iqabench.runs.cluster.queue import FOLDER, submit, wait

    queued = submit(works, results, resources, PROGRAM)
    for one in queued:
        messages.print(f"{one.work.name}: job {one.job.job_id}", markup=False)
    if no_wait:
        messages.print(
            f"{counted(len(queued), 'job')} submitted; logs in {results / FOLDER}. The same command again, or without "
            "--no-wait, submits nothing twice; it waits for what is left and prints the table.",
            markup=False,
        )
        return None
    with Overview() as overview:
        wait(queued, resources, overview)
    return queued
