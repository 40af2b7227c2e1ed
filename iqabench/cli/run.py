"""``iqabench run``: train what must be trained, score everything, print the leaderboard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench.cli.cluster import cluster_options, submit_and_wait
from iqabench.cli.config import ConfigurableCommand
from iqabench.cli.evaluation import evaluation_options
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    TABLE_FORMATS,
    columns_option,
    contaminated_option,
    format_option,
    limit_options,
    plugin_option,
    weights_option,
    without_bootstrap,
    words_in,
)
from iqabench.cli.output import note, tell_outcome
from iqabench.cli.together import shares_work
from iqabench.runs.choices import Environment, Limits, MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.runs.cluster.queue import Resources
    from iqabench.runs.evaluation import EvaluationRequest, Planned


@click.command("run", cls=ConfigurableCommand)
@evaluation_options
@cluster_options
@without_bootstrap
@format_option(*TABLE_FORMATS, help="How to print the leaderboard.")
@contaminated_option
@columns_option
@limit_options
@machine_options
@weights_option
@plugin_option
@shares_work(lambda given: given["resources"] is not None)
def run_command(
    request: EvaluationRequest,
    resources: Resources | None,
    no_wait: bool,
    style: str,
    with_contaminated: bool,
    columns: str,
    limits: Limits,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
) -> int:
    """Train and score METHODS on a data set, and print the leaderboard; on several, one table over all of them.

    Trained methods learn from the split's training part (unseen contents and algorithms are scored);
    on a data set without labels they learn from the embedded set, and it is said. Everything is kept in RESULTS:
    the same command again computes only what is missing, also after an interruption.
    """
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview
    from iqabench.render.columns import require_columns
    from iqabench.runs.evaluation import compute
    from iqabench.runs.job import EvaluationJob
    from iqabench.runs.many_sets import sets_in

    requests = sets_in(request)
    job = EvaluationJob(requests[0], Environment.of(machine, plugins, weights), limits)
    submit = None
    if resources is not None:
        submit = partial(submit_and_wait, results=request.results, resources=resources, no_wait=no_wait)
    require_columns(words_in(columns))
    if len(requests) > 1:
        from iqabench.cli.run_sets import run_sets

        if columns:
            raise UserError("--columns is about one data set; leave it out for several")
        return run_sets(job, requests, submit, style, with_contaminated)
    if submit is not None:
        from iqabench.runs.cluster.runs import run_by_jobs

        planned = job.plan_for_jobs(note)
        collected = run_by_jobs([(job, planned)], submit)
        if collected is None:
            return 0
        summary = collected
    else:
        planned = job.plan(note)
        summary = compute(planned, Overview())
        if not is_first():
            return 0
    if summary.folders:  # else every method failed, and the problems say why
        _print_table(planned, request.results, {folder.path for folder in summary.folders}, style, columns)
    return tell_outcome([*summary.lines(), f"kept in {request.results}"], [*planned.problems, *summary.problems])


def _print_table(planned: Planned, results: Path, folders: set[Path], style: str, columns: str) -> None:
    from iqabench.cli.table import print_sets
    from iqabench.results.store import load_results

    requests = [one.run for one in planned.runs]
    dataset, fingerprint = requests[0].dataset.card.name, requests[0].fingerprint
    names = dict.fromkeys(request.split_name for request in requests)
    sets = [one for name in names for one in load_results(results, dataset, name)]
    chosen = [one for one in sets if one.fingerprint == fingerprint and any(run.path in folders for run in one.runs)]
    print_sets(chosen, style, shown=folders, names=words_in(columns))
