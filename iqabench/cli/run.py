"""``iqabench run``: train what must be trained, score everything, print the leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench.cli.options import (
    dataset_options,
    machine_options,
    parse_settings,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
)

if TYPE_CHECKING:
    from iqabench.contract import MethodEntry
    from iqabench.registry import Registry


@click.command("run")
@click.option(
    "--methods",
    default="ckdn,lpips",
    show_default=True,
    help="Names separated by commas; 'all', or 'table2' for the ten systems of the CKDN paper's Table 2.",
)
@dataset_options
@click.option("--split", help="Name of a split of the data set, or a folder with contents.csv and algorithms.csv.")
@click.option("--references", default="", help="What to show: none, degraded, pristine, lr-x4, noise-25, jpeg-30, ...")
@click.option(
    "--recipe", help="Size of training: quick or paper. Default: quick on fewer than 2,000 training images, else paper."
)
@click.option("--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method.")
@click.option("--train-on", default="", metavar="NAME[:ROOT]", help="Train on another data set than the one scored.")
@click.option("--seed", default=0, show_default=True, help="Seed of training.")
@click.option("--best", is_flag=True, help="Also score the epoch that validated best, in a row that says so.")
@click.option("--no-anchors", is_flag=True, help="Leave out the yardsticks (psnr, ssim) that every run shows.")
@click.option("--rerun", is_flag=True, help="Compute again what is already there.")
@click.option("--deterministic", is_flag=True, help="Bit-exact training on one machine, also on a GPU (slower).")
@click.option("--draws", default=2000, show_default=True, type=click.IntRange(100), help="Bootstrap draws.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "latex", "csv", "json"]),
    default="text",
    show_default=True,
    help="How to print the leaderboard.",
)
@machine_options
@weights_option
@plugin_option
@results_option
def run_command(
    methods: str,
    dataset: str,
    root: Path | None,
    split: str | None,
    references: str,
    recipe: str | None,
    settings: tuple[str, ...],
    train_on: str,
    seed: int,
    best: bool,
    no_anchors: bool,
    rerun: bool,
    deterministic: bool,
    draws: int,
    style: str,
    device: str,
    precision: str,
    batch_size: int,
    workers: int,
    weights: Path | None,
    plugins: tuple[Path, ...],
    results: Path,
) -> int:
    """Train and score METHODS on a data set, and print the leaderboard.

    Trained methods learn from the split's training part (unseen contents and algorithms are scored);
    on a data set without one they learn from the embedded set. Everything is kept in RESULTS: the same
    command again computes only what is missing, also after an interruption.
    """
    from iqabench.registry import Registry

    registry = Registry(plugins)
    entries = _chosen(registry, methods, anchors=not no_anchors)

    from iqabench.devices import Machine, choose_device
    from iqabench.progress import Overview, messages
    from iqabench.runner import RunRequest, run
    from iqabench.setup import open_for_run, recipe_for, training_data

    use_weights_folder(weights)
    machine = Machine(choose_device(device), precision, batch_size, workers)
    opened = open_for_run(dataset, root, split, references=tuple(filter(None, references.split(","))))
    for note in opened.dataset.notes:
        messages.print(f"note: {note}", markup=False)
    training = None
    parameters = parse_settings(settings)
    if any(entry.info.trainable for entry in entries):
        training = training_data(opened, train_on)
        chosen = recipe or recipe_for(training)
        for entry in entries:
            if entry.info.trainable and _takes_recipe(entry):
                parameters.setdefault(entry.info.name, {}).setdefault("recipe", chosen)
    request = RunRequest(
        entries=entries,
        dataset=opened.dataset,
        fingerprint=opened.fingerprint,
        split=opened.split,
        results=results,
        machine=machine,
        training=training,
        references=tuple(filter(None, references.split(","))),
        parameters=parameters,
        seed=seed,
        rerun=rerun,
        best=best,
        deterministic=deterministic,
    )
    with Overview() as overview:
        summary = run(request, overview)
    problems = [*registry.problems.values(), *summary.problems]
    _print_table(request, [folder.path for folder in summary.folders], style, draws)
    messages.print(f"{summary.computed} runs computed, {summary.found} already there; kept in {results}", markup=False)
    for problem in problems:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {problem}", err=True)
    return 2 if problems else 0


def _chosen(registry: Registry, methods: str, anchors: bool) -> list[MethodEntry]:
    words = [word.strip() for word in methods.split(",") if word.strip()]
    chosen: dict[str, Any] = {}
    for word in words:
        if word in ("all", "table2"):
            every = [entry for entry in registry.entries() if not entry.info.requires]
            group = [entry for entry in every if word == "all" or entry.info.table2]
        else:
            group = [registry.get(word)]
        chosen |= {entry.info.name: entry for entry in group}
    if anchors:
        builtin = [name for name in registry.names() if registry.is_builtin(name)]
        chosen |= {entry.info.name: entry for entry in registry.entries(builtin) if entry.info.anchor}
    return list(chosen.values())


def _takes_recipe(entry: MethodEntry) -> bool:
    return "recipe" in entry.parameter_names()


def _print_table(request: Any, folders: list[Path], style: str, draws: int) -> None:
    from dataclasses import replace

    from iqabench.cli.table import print_sets
    from iqabench.store import load_results

    sets = load_results(request.results, request.dataset.card.name, request.split_name)
    shown = [
        replace(one, runs=[result for result in one.runs if result.path in folders])
        for one in sets
        if one.fingerprint == request.fingerprint
    ]
    print_sets([one for one in shown if one.runs], style, draws=draws, seed=0)
