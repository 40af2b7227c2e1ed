"""``iqabench run``: train what must be trained, score everything, print the leaderboard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.errors import UserError
from iqabench._util.text import clear_message
from iqabench.cli.cluster import PARAMETERS, cluster_options, submit_and_wait
from iqabench.cli.machine import MachineChoice, machine_options
from iqabench.cli.options import (
    compile_option,
    dataset_options,
    direction_option,
    isolation_of,
    limit_options,
    outside_option,
    plugin_option,
    results_option,
    settings_of,
    use_weights_folder,
    weights_option,
    whole_numbers,
    without_bootstrap,
    words_in,
)
from iqabench.cli.output import tell
from iqabench.cli.together import shares_work
from iqabench.cli.words import words_of

if TYPE_CHECKING:
    from iqabench.methods.contract import MethodEntry
    from iqabench.methods.plugins import PluginFiles
    from iqabench.methods.registry import Registry
    from iqabench.runs.cluster.queue import Resources
    from iqabench.runs.run import RunRequest
    from iqabench.runs.setup import Opened
    from iqabench.runs.summary import RunSummary
    from iqabench.training.cache import TrainingData


@click.command("run")
@click.option(
    "--methods",
    default="ckdn,lpips",
    show_default=True,
    help="Names separated by commas; 'all', or 'table2' for the ten systems of the CKDN paper's Table 2.",
)
@dataset_options
@click.option(
    "--split",
    "splits",
    default="",
    metavar="A,B,C",
    help="Splits of the data set: names, or folders with contents.csv and algorithms.csv. Default: the data set's own.",
)
@click.option("--references", default="", help="What to show: none, degraded, pristine, lr-x4, noise-25, jpeg-30, ...")
@click.option(
    "--recipe", help="Size of training: quick or paper. Default: quick on fewer than 2,000 training images, else paper."
)
@click.option(
    "--init",
    metavar="START",
    help="What training starts from, for methods that let it be chosen: auto, imagenet, random, shipped.",
)
@click.option("--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method.")
@click.option("--train-on", default="", metavar="NAME[:ROOT]", help="Train on another data set than the one scored.")
@click.option("--seed", "seeds", default="0", show_default=True, metavar="0,1,2", help="Seeds of training.")
@click.option("--best", is_flag=True, help="Also score the epoch that validated best, in a row that says so.")
@click.option("--no-anchors", is_flag=True, help="Leave out the yardsticks (psnr, ssim) that every run shows.")
@click.option("--rerun", is_flag=True, help="Compute again what is already there.")
@click.option("--deterministic", is_flag=True, help="Bit-exact training on one machine, also on a GPU (slower).")
@compile_option
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
@outside_option
@direction_option
@limit_options
@machine_options
@weights_option
@plugin_option
@results_option
@shares_work("resources")
def run_command(
    methods: str,
    dataset: str,
    root: Path | None,
    splits: str,
    references: str,
    recipe: str | None,
    init: str | None,
    settings: tuple[str, ...],
    train_on: str,
    seeds: str,
    best: bool,
    no_anchors: bool,
    rerun: bool,
    deterministic: bool,
    compile_steps: bool,
    resources: Resources | None,
    no_wait: bool,
    style: str,
    allow_outside_root: bool,
    mos_direction: str | None,
    timeout: float | None,
    memory_limit: float | None,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
    results: Path,
) -> int:
    """Train and score METHODS on a data set, and print the leaderboard.

    Trained methods learn from the split's training part (unseen contents and algorithms are scored);
    on a data set without labels they learn from the embedded set, and it is said. Everything is kept in RESULTS:
    the same command again computes only what is missing, also after an interruption.
    """
    from iqabench.methods.registry import Registry

    registry = Registry(plugins)
    entries, names = _chosen(registry, methods)
    unasked = [] if no_anchors else _anchors(registry, entries)
    entries += unasked
    names |= {entry.info.name: entry.info.name for entry in entries}
    stated = settings_of(settings, names)

    from iqabench._util.devices import compiler
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview, messages
    from iqabench.runs.run import RunRequest, run
    from iqabench.runs.summary import RunSummary

    use_weights_folder(weights)
    # The device of a job is where the job runs.
    here = machine.here() if resources is None else machine.here("cpu")
    backend = compiler(compile_steps, here) if resources is None else None
    shown = tuple(filter(None, references.split(",")))
    numbers = whole_numbers("--seed", seeds)
    requests: list[tuple[str | None, RunRequest]] = []
    for split in _splits(splits):
        opened = _open(dataset, root, split, shown, allow_outside_root, mos_direction)
        training, parameters = _training(opened, entries, stated, recipe, init, train_on, allow_outside_root)
        for seed in numbers:
            # A seed changes only what is trained.
            chosen = [entry for entry in entries if entry.info.trainable or seed == numbers[0]]
            if not chosen:
                continue
            request = RunRequest(
                entries=chosen,
                unasked=frozenset(entry.info.name for entry in unasked),
                dataset=opened.dataset,
                fingerprint=opened.fingerprint,
                split=opened.split,
                results=results,
                machine=here,
                training=training,
                references=shown,
                parameters=parameters,
                seed=seed,
                rerun=rerun,
                best=best,
                deterministic=deterministic,
                compile=backend,
                isolation=isolation_of(timeout, memory_limit, plugins, machine.precision),
            )
            requests.append((split, request))
    if resources is not None:
        asked = _by_jobs(requests, names, resources, no_wait)
        if asked is None:
            return 0
        summary = asked
    else:
        summary = RunSummary()
        with Overview() as overview:
            for _, request in requests:
                summary.add(run(request, overview))
        if not is_first():
            return 0
    problems = [*registry.problems.values(), *summary.problems]
    if summary.folders:  # else every method failed, and the problems say why
        _print_table([request for _, request in requests], {folder.path for folder in summary.folders}, style)
    for line in [*summary.lines(), f"kept in {results}"]:
        messages.print(clear_message(line), markup=False)
    for problem in problems:
        tell(f"{click.style('error:', fg='red', bold=True)} {clear_message(problem)}")
    return 2 if problems else 0


def _splits(text: str) -> list[str | None]:
    """``a,b`` as names; a folder whose path holds a comma is one split."""
    if not text or Path(text).is_dir():
        return [text or None]
    return list(words_in(text))


def _open(
    dataset: str,
    root: Path | None,
    split: str | None,
    references: tuple[str, ...],
    outside: bool,
    mos_direction: str | None,
) -> Opened:
    from iqabench._util.distributed import first_goes_first
    from iqabench._util.progress import messages
    from iqabench.runs.setup import open_for_run

    with first_goes_first():
        opened = open_for_run(
            dataset, root, split, references=references, allow_outside_root=outside, mos_direction=mos_direction
        )
    for note in (*opened.dataset.notes, *opened.notes):
        messages.print(f"note: {clear_message(note)}", markup=False)
    return opened


def _training(
    opened: Opened,
    entries: list[MethodEntry],
    settings: dict[str, dict[str, Any]],
    recipe: str | None,
    init: str | None,
    train_on: str,
    outside: bool,
) -> tuple[TrainingData | None, dict[str, dict[str, Any]]]:
    """What trained methods learn from, None without any; and the parameters of every method."""
    from iqabench._util.progress import messages
    from iqabench.runs.setup import recipe_for, said_of_training, training_data

    parameters = {name: dict(values) for name, values in settings.items()}
    if not any(entry.info.trainable for entry in entries):
        return None, parameters
    training = training_data(opened, train_on, outside)
    said = said_of_training(opened, training, train_on)
    if said:
        messages.print(f"note: {said}", markup=False)
    chosen = recipe or (recipe_for(training) if training is not None else None)
    for entry in entries:
        if chosen is not None and entry.info.trainable and _takes(entry, "recipe"):
            parameters.setdefault(entry.info.name, {}).setdefault("recipe", chosen)
    if init is not None:
        _set_start(entries, parameters, init)
    return training, parameters


def _by_jobs(
    requests: list[tuple[str | None, RunRequest]], names: dict[str, str], resources: Resources, no_wait: bool
) -> RunSummary | None:
    from iqabench.runs.cluster.runs import run_by_jobs

    context = click.get_current_context()

    def words(split: str | None, request: RunRequest, entry: MethodEntry) -> list[str]:
        leave_out = [*PARAMETERS, "methods", "no_anchors", "draws", "style", "seeds", "splits", "settings"]
        if not _starts(entry):
            leave_out.append("init")
        chosen = ["--seed", str(request.seed), *(["--split", split] if split is not None else [])]
        for word in context.params["settings"]:
            if names.get(word.partition("=")[0].rpartition(".")[0]) == entry.info.name:
                chosen += ["--set", word]
        return ["run", "--methods", entry.info.name, "--no-anchors", *chosen, *words_of(context, leave_out)]

    results = requests[0][1].results
    return run_by_jobs(
        [(request, partial(words, split, request)) for split, request in requests],
        lambda works: submit_and_wait(works, results, resources, no_wait),
    )


def _chosen(registry: Registry, methods: str) -> tuple[list[MethodEntry], dict[str, str]]:
    """The methods that were named, each once, and the own name of each by what it was called."""
    words = [word.strip() for word in methods.split(",") if word.strip()]
    chosen: dict[str, MethodEntry] = {}
    names: dict[str, str] = {}
    for word in words:
        if word in ("all", "table2"):
            every = [entry for entry in registry.entries() if not entry.info.requires]
            group = [entry for entry in every if word == "all" or entry.info.table2]
        else:
            group = [registry.get(word)]
            names[word] = group[0].info.name
        chosen |= {entry.info.name: entry for entry in group}
    return list(chosen.values()), names


def _anchors(registry: Registry, entries: list[MethodEntry]) -> list[MethodEntry]:
    """The yardsticks that nobody asked for."""
    asked = {entry.info.name for entry in entries}
    builtin = [name for name in registry.names() if registry.is_builtin(name)]
    before = set(registry.problems)
    found = [entry for entry in registry.entries(builtin) if entry.info.anchor and entry.info.name not in asked]
    for name in set(registry.problems) - before:
        # Nobody asked for it, so that it decides nothing.
        tell(f"note: {clear_message(registry.problems.pop(name))}; it is not shown")
    return found


def _takes(entry: MethodEntry, parameter: str) -> bool:
    return parameter in entry.parameter_names()


def _starts(entry: MethodEntry) -> bool:
    return entry.info.trainable and _takes(entry, "start")


def _set_start(entries: list[MethodEntry], parameters: dict[str, dict[str, Any]], init: str) -> None:
    starting = [entry.info.name for entry in entries if _starts(entry)]
    if not starting:
        raise UserError(f"--init {init}: none of the methods lets its start be chosen; leave the option out")
    for name in starting:
        parameters.setdefault(name, {}).setdefault("start", init)


def _print_table(requests: list[RunRequest], folders: set[Path], style: str) -> None:
    from iqabench.cli.table import print_sets
    from iqabench.results.store import load_results

    dataset, fingerprint = requests[0].dataset.card.name, requests[0].fingerprint
    names = dict.fromkeys(request.split_name for request in requests)
    sets = [one for name in names for one in load_results(requests[0].results, dataset, name)]
    chosen = [one for one in sets if one.fingerprint == fingerprint and any(run.path in folders for run in one.runs)]
    print_sets(chosen, style, shown=folders)
