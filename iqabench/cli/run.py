"""``iqabench run``: train what must be trained, score everything, print the leaderboard."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.text import clear_message
from iqabench.cli.cluster import PARAMETERS, cluster_options, submit_and_wait
from iqabench.cli.evaluation import evaluation_options
from iqabench.cli.machine import MachineChoice, machine_options
from iqabench.cli.options import (
    Limits,
    limit_options,
    plugin_option,
    use_weights_folder,
    weights_option,
    without_bootstrap,
)
from iqabench.cli.output import tell
from iqabench.cli.together import shares_work
from iqabench.cli.words import words_of

if TYPE_CHECKING:
    from iqabench.methods.contract import MethodEntry
    from iqabench.methods.plugins import PluginFiles
    from iqabench.runs.cluster.queue import Resources
    from iqabench.runs.evaluation import EvaluationRequest, Planned, PlannedSplit
    from iqabench.runs.summary import RunSummary


@click.command("run")
@evaluation_options
@cluster_options
@without_bootstrap
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "latex", "csv", "json"]),
    default="text",
    show_default=True,
    help="How to print the leaderboard.",
)
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
    limits: Limits,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
) -> int:
    """Train and score METHODS on a data set, and print the leaderboard.

    Trained methods learn from the split's training part (unseen contents and algorithms are scored);
    on a data set without labels they learn from the embedded set, and it is said. Everything is kept in RESULTS:
    the same command again computes only what is missing, also after an interruption.
    """
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview, messages
    from iqabench.methods.registry import Registry
    from iqabench.runs.evaluation import compute, plan_evaluation

    use_weights_folder(weights)
    registry = Registry(plugins)
    # The device of a job is where the job runs.
    here = machine.here() if resources is None else machine.here("cpu")
    asked = request if resources is None else replace(request, compile_steps=False)
    isolation = limits.isolation(plugins, machine.precision)
    planned = plan_evaluation(asked, registry, here, _say, isolation)
    if resources is not None:
        collected = _by_jobs(planned, request.results, resources, no_wait)
        if collected is None:
            return 0
        summary = collected
    else:
        summary = compute(planned, Overview())
        if not is_first():
            return 0
    problems = [*planned.problems, *summary.problems]
    if summary.folders:  # else every method failed, and the problems say why
        _print_table(planned, request.results, {folder.path for folder in summary.folders}, style)
    for line in [*summary.lines(), f"kept in {request.results}"]:
        messages.print(clear_message(line), markup=False)
    for problem in problems:
        tell(f"{click.style('error:', fg='red', bold=True)} {clear_message(problem)}")
    return 2 if problems else 0


def _say(note: str) -> None:
    from iqabench._util.progress import messages

    messages.print(f"note: {clear_message(note)}", markup=False)


def _by_jobs(planned: Planned, results: Path, resources: Resources, no_wait: bool) -> RunSummary | None:
    from iqabench.runs.cluster.runs import run_by_jobs
    from iqabench.runs.evaluation import starts_as_chosen

    context = click.get_current_context()

    def words(one: PlannedSplit, entry: MethodEntry) -> list[str]:
        leave_out = [*PARAMETERS, "methods", "no_anchors", "draws", "style", "seeds", "splits", "settings"]
        if not starts_as_chosen(entry):
            leave_out.append("init")
        chosen = ["--seed", str(one.run.seed), *(["--split", one.split] if one.split is not None else [])]
        for word in context.params["settings"]:
            if planned.names.get(word.partition("=")[0].rpartition(".")[0]) == entry.info.name:
                chosen += ["--set", word]
        return ["run", "--methods", entry.info.name, "--no-anchors", *chosen, *words_of(context, leave_out)]

    return run_by_jobs(
        [(one.run, partial(words, one)) for one in planned.runs],
        lambda works: submit_and_wait(works, results, resources, no_wait),
    )


def _print_table(planned: Planned, results: Path, folders: set[Path], style: str) -> None:
    from iqabench.cli.table import print_sets
    from iqabench.results.store import load_results

    requests = [one.run for one in planned.runs]
    dataset, fingerprint = requests[0].dataset.card.name, requests[0].fingerprint
    names = dict.fromkeys(request.split_name for request in requests)
    sets = [one for name in names for one in load_results(results, dataset, name)]
    chosen = [one for one in sets if one.fingerprint == fingerprint and any(run.path in folders for run in one.runs)]
    print_sets(chosen, style, shown=folders)
