"""``iqabench reproduce``: the tables of the CKDN paper, from one's own copy of the data."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench._util.text import clear_message
from iqabench.cli.cluster import PARAMETERS, cluster_options, submit_and_wait
from iqabench.cli.groups import grouped
from iqabench.cli.machine import MachineChoice, machine_options
from iqabench.cli.options import (
    compile_option,
    direction_option,
    parse_settings,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
    whole_numbers,
    without_bootstrap,
    words_in,
)
from iqabench.cli.output import OutputFile, echo, tell, write_file, write_files
from iqabench.cli.together import shares_work
from iqabench.cli.words import words_of

if TYPE_CHECKING:
    from iqabench.methods.plugins import PluginFiles
    from iqabench.reproduce.campaign import Campaign
    from iqabench.reproduce.jobs import TableJob
    from iqabench.runs.cluster.queue import Resources

FORMATS = ("text", "markdown", "latex", "csv", "json")


@dataclass(frozen=True)
class CellOptions:
    """Which cells, on which data, of which training."""

    dataset: str
    root: Path | None
    mos_direction: str | None
    split: str | None
    recipe: str | None
    seeds: str
    methods: str
    settings: tuple[str, ...]
    train_on: str
    retrain: bool
    best: bool


@dataclass(frozen=True)
class TableOptions:
    """How the tables look, and where they go."""

    compare_paper: bool
    intervals: bool
    style: str
    output: Path | None


@dataclass(frozen=True)
class ComputeOptions:
    """What is computed, and how."""

    dry_run: bool
    only_table: bool
    fingerprint: str | None
    deterministic: bool
    group: str | None
    compile_steps: bool


@click.command("reproduce")
@click.argument("name")
@grouped(
    "asked",
    CellOptions,
    click.option(
        "--dataset",
        default="mini",
        show_default=True,
        help="pipal, bapps, manifest, mini, ..., or 'sets': ROOT/SET/ALGORITHM/NAME.png with ROOT/SET/LR and "
        "ROOT/SET/GT.",
    ),
    click.option("--root", type=click.Path(path_type=Path), help="Where the data set lies on disk."),
    direction_option,
    click.option("--split", help="Split for the rows that name none; default: the data set's own."),
    click.option("--recipe", help="Size of training: quick or paper. Default: by the size of the training part."),
    click.option("--seeds", "--seed", default="", metavar="0,1,2", help="Seeds of training; default: the plan's."),
    click.option("--methods", default="", help="Only the cells of these methods, separated by commas."),
    click.option(
        "--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method."
    ),
    click.option(
        "--train-on", default="", metavar="NAME[:ROOT]", help="Train on another data set than the one scored."
    ),
    click.option("--retrain", is_flag=True, help="Table 12: train once more for every made reference."),
    click.option("--best", is_flag=True, help="A column with the epoch that validated best; trains with validation."),
)
@grouped(
    "shown",
    TableOptions,
    click.option(
        "--compare-paper/--no-compare-paper", default=True, show_default=True, help="The paper's figures beside."
    ),
    click.option(
        "--intervals/--no-intervals", default=True, show_default=True, help="95 % intervals beside our figures."
    ),
    click.option(
        "--format", "style", type=click.Choice(FORMATS), default="text", show_default=True, help="Of the table."
    ),
    click.option(
        "--output",
        type=OutputFile(),
        help="File for the tables, - for standard output; .svg and .png draw figure5. LaTeX gets a .bib beside it.",
    ),
)
@without_bootstrap
@grouped(
    "way",
    ComputeOptions,
    click.option("--dry-run", is_flag=True, help="Only list what would be computed and what is there."),
    click.option("--only-table", is_flag=True, help="Compute nothing; without --root the results folder is enough."),
    click.option(
        "--fingerprint", help="Which state of the data, where results hold several and the data are not here."
    ),
    click.option("--deterministic", is_flag=True, help="Bit-exact training on one machine, also on a GPU (slower)."),
    click.option("--group", hidden=True, help="Of what is missing, compute the part of this key, and print no table."),
    compile_option,
)
@cluster_options
@machine_options
@weights_option
@plugin_option
@results_option
@shares_work(lambda given: bool(given["resources"] or given["way"].dry_run or given["way"].only_table))
def reproduce_command(
    name: str,
    asked: CellOptions,
    shown: TableOptions,
    way: ComputeOptions,
    resources: Resources | None,
    no_wait: bool,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
    results: Path,
) -> int:
    """Compute and print a table of the CKDN paper: ours, the paper's figure, and the difference.

    NAME is table2 to table13 (9 is an example program), figure5, 'all', or a TOML plan of your own. Everything is
    kept in --results: tables share trainings and runs, and the same command again computes only what is missing.
    Rows that the data cannot carry are left out, and the footer says why.
    """
    from iqabench._util.distributed import first_goes_first, is_first
    from iqabench._util.progress import Overview, messages
    from iqabench._util.write_through import is_file
    from iqabench.methods.registry import Registry
    from iqabench.render.citations import bibliography, bibliography_name
    from iqabench.reproduce.campaign import ReproduceRequest, can_open, names_of, plan_campaign
    from iqabench.reproduce.figure import to_png, to_svg
    from iqabench.reproduce.inventory import inventory
    from iqabench.reproduce.jobs import Choices
    from iqabench.reproduce.render import Options, render
    from iqabench.reproduce.table import FAILED

    use_weights_folder(weights)
    suffix = shown.output.suffix.lower() if shown.output is not None else ""
    if suffix in (".svg", ".png") and name == "all":
        raise UserError(f"--output *{suffix} draws one plan; name it, such as figure5")
    request = ReproduceRequest(
        results=results,
        dataset=asked.dataset,
        root=asked.root,
        mos_direction=asked.mos_direction,
        split=asked.split,
        recipe=asked.recipe,
        train_on=asked.train_on,
        fingerprint=way.fingerprint,
        precision=machine.precision,
        choices=Choices(
            whole_numbers("--seeds", asked.seeds) if asked.seeds else (),
            parse_settings(asked.settings),
            methods=words_in(asked.methods),
            retrain=asked.retrain,
            best=asked.best,
        ),
        from_results=way.only_table and not can_open(asked.dataset, asked.root),
    )
    registry = Registry(plugins)
    for method in parse_settings(asked.settings):
        registry.get(method)  # a misspelt name would change nothing
    with first_goes_first():
        campaign = plan_campaign(names_of(name, asked.dataset), request, registry)
    for note in campaign.source.dataset.notes if campaign.source.dataset is not None else ():
        messages.print(f"note: {clear_message(note)}", markup=False)
    if way.dry_run:
        echo(inventory(campaign))
        return 0
    problems: dict[TableJob, str] = {}
    if resources is not None and not way.only_table:
        collected = _by_jobs(campaign, resources, results, no_wait)
        if collected is None:
            return 0
        problems = collected
    elif not way.only_table:
        from iqabench._util.devices import compiler

        here = machine.here()
        with Overview() as overview:
            backend = compiler(way.compile_steps, here)
            outcome = campaign.compute(here, overview, way.deterministic, backend, way.group)
        if not is_first():
            return 0
        problems = dict(outcome.problems)
        for line in [*outcome.summary.lines(), f"kept in {results}"]:
            messages.print(line, markup=False)
    if way.group is not None:
        for problem in dict.fromkeys(problems.values()):
            tell(f"error: {problem}")
        return 2 if problems else 0
    tables = campaign.tables(problems)
    options = Options(_finishing(click.get_current_context()), shown.compare_paper, shown.intervals)
    output, style = shown.output, shown.style
    if output is None:
        echo(render(tables, style, options), nl=False)
    elif suffix == ".png":
        write_file(output, to_png(tables[0]))
    elif suffix == ".svg":
        write_file(output, to_svg(tables[0]))
    elif style == "latex" and is_file(output):
        cited = bibliography(bibliography_name(output), {k: v for table in tables for k, v in table.citations.items()})
        text = render(tables, style, options, cited)
        write_files({output: text, output.with_name(f"{cited.name}.bib"): cited.text})
    else:
        write_file(output, render(tables, style, options))
    return 2 if any((table.frame["status"] == FAILED).any() for table in tables) else 0


def _by_jobs(campaign: Campaign, resources: Resources, results: Path, no_wait: bool) -> dict[TableJob, str] | None:
    """Have what is missing computed by jobs; return what failed and why, None if nobody waited for it."""
    from iqabench.runs.cluster.queue import Work, why_not

    context = click.get_current_context()
    leave_out = (*PARAMETERS, "name", "style", "output", "compare_paper", "intervals", "draws")
    words = ("reproduce", str(context.params["name"]), *words_of(context, leave_out))
    groups = campaign.groups(campaign.missing())
    if not groups:
        return {}
    works = [Work(group[0].name, (*words, "--group", key)) for key, group in groups.items()]
    queued = submit_and_wait(works, results, resources, no_wait)
    if queued is None:
        return None
    missing = set(campaign.missing())
    return {
        job: why_not(one) for group, one in zip(groups.values(), queued, strict=True) for job in group if job in missing
    }


def _finishing(context: click.Context) -> str:
    """The command line that computes what this one shows as missing."""
    skipped = ("name", "only_table", "dry_run", "style", "output", "fingerprint", "intervals", "draws", "no_wait")
    words = ["iqabench", "reproduce", str(context.params["name"]), *words_of(context, skipped)]
    return shlex.join(words)
