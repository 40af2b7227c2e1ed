"""``iqabench reproduce``: the tables of the CKDN paper, from one's own copy of the data."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from iqabench._util import streams
from iqabench._util.errors import UserError
from iqabench.cli.cluster import cluster_options, submit_and_wait
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    TABLE_FORMATS,
    MethodsOption,
    compile_option,
    direction_option,
    format_option,
    parse_settings,
    plugin_option,
    results_option,
    weights_option,
    whole_numbers,
    without_bootstrap,
    words_in,
)
from iqabench.cli.output import OutputFile, console, echo, note, tell_outcome, write_file, write_files
from iqabench.cli.together import shares_work
from iqabench.runs.choices import Environment, MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.reproduce.jobs import TableJob
    from iqabench.reproduce.table import PaperTable
    from iqabench.runs.cluster.queue import Resources


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
    click.option(
        "--methods",
        "--method",
        cls=MethodsOption,
        default="",
        help="Only the cells of these methods, separated by commas.",
    ),
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
    format_option(*TABLE_FORMATS, help="Of the table."),
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
    from iqabench._util.distributed import is_first
    from iqabench._util.progress import Overview
    from iqabench.reproduce.campaign import ReproduceRequest, can_open
    from iqabench.reproduce.inventory import inventory
    from iqabench.reproduce.job import TablesJob, compute_by_jobs
    from iqabench.reproduce.jobs import Choices

    if _drawn(shown) and name == "all":
        raise UserError(f"--output *{_suffix(shown)} draws one plan; name it, such as figure5")
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
        only_stored=way.only_table,
        from_results=way.only_table and not can_open(asked.dataset, asked.root, plugins),
    )
    job = TablesJob(name, request, Environment.of(machine, plugins, weights), way.deterministic, way.compile_steps)
    campaign = job.plan(note)
    if way.dry_run:
        echo(inventory(campaign))
        return 0
    problems: dict[TableJob, str] = {}
    if resources is not None and not way.only_table:
        submit = partial(submit_and_wait, results=results, resources=resources, no_wait=no_wait)
        collected = compute_by_jobs(job, campaign, submit)
        if collected is None:
            return 0
        problems = collected
    elif not way.only_table:
        outcome = job.compute(campaign, Overview())
        if not is_first():
            return 0
        problems = dict(outcome.problems)
        tell_outcome([*outcome.summary.lines(), f"kept in {results}"], ())
    return _print_tables(campaign.tables(problems), shown)


def _print_tables(tables: list[PaperTable], shown: TableOptions) -> int:
    """Print the tables or write them to their file; return the exit code: 2 if a cell failed."""
    from iqabench._util.write_through import is_file
    from iqabench.render.citations import bibliography, bibliography_name
    from iqabench.render.terminal import print_table
    from iqabench.reproduce.figure import to_png, to_svg
    from iqabench.reproduce.render import Options, lay_out, render
    from iqabench.reproduce.table import FAILED

    options = Options(_finishing(click.get_current_context()), shown.compare_paper, shown.intervals)
    output, style, suffix = shown.output, shown.style, _suffix(shown)
    if output is None and style == "text" and streams.result().isatty():
        for table in tables:
            print_table(lay_out(table, options), console())
    elif output is None:
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


def _suffix(shown: TableOptions) -> str:
    return shown.output.suffix.lower() if shown.output is not None else ""


def _drawn(shown: TableOptions) -> bool:
    return _suffix(shown) in (".svg", ".png")


def _finishing(context: click.Context) -> str:
    """The command line for people that computes what this one shows as missing: the options that were given."""
    skipped = ("only_table", "dry_run", "style", "output", "fingerprint", "intervals", "draws", "no_wait")
    words = ["iqabench", "reproduce", str(context.params["name"])]
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is not ParameterSource.DEFAULT
        if name in skipped or not given or not isinstance(option, click.Option):
            continue
        value = context.params[name]
        if option.is_flag:
            words.append(option.opts[0] if value else option.secondary_opts[0])
        else:
            for one in value if option.multiple else (value,):
                words += [option.opts[0], str(one)]
    return shlex.join(words)
