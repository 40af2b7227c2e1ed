"""``iqabench reproduce``: the tables of the CKDN paper, from one's own copy of the data."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from iqabench.cli.options import (
    machine_options,
    parse_settings,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
)
from iqabench.errors import UserError

FORMATS = ("text", "markdown", "latex", "csv", "json")


@click.command("reproduce")
@click.argument("name")
@click.option(
    "--dataset",
    default="mini",
    show_default=True,
    help="pipal, bapps, manifest, mini, ..., or 'sets': ROOT/SET/ALGORITHM/NAME.png with ROOT/SET/LR and ROOT/SET/GT.",
)
@click.option("--root", type=click.Path(path_type=Path), help="Where the data set lies on disk.")
@click.option("--split", help="Split for the rows that name none; default: the data set's own.")
@click.option("--recipe", help="Size of training: quick or paper. Default: by the size of the training part.")
@click.option("--seeds", default="", metavar="0,1,2", help="Seeds of training; default: the plan's.")
@click.option("--methods", default="", help="Only the cells of these methods, separated by commas.")
@click.option("--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method.")
@click.option("--train-on", default="", metavar="NAME[:ROOT]", help="Train on another data set than the one scored.")
@click.option("--retrain", is_flag=True, help="Table 12: train once more for every made reference.")
@click.option("--compare-paper/--no-compare-paper", default=True, show_default=True, help="The paper's figures beside.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True, help="Of the table.")
@click.option("--output", type=click.Path(path_type=Path), help="File for the tables; .svg draws figure5.")
@click.option("--dry-run", is_flag=True, help="Only list what would be computed and what is there.")
@click.option("--only-table", is_flag=True, help="Compute nothing; without --root the results folder is enough.")
@click.option("--fingerprint", help="Which state of the data, where results hold several and the data are not here.")
@click.option("--deterministic", is_flag=True, help="Bit-exact training on one machine, also on a GPU (slower).")
@machine_options
@weights_option
@plugin_option
@results_option
def reproduce_command(
    name: str,
    dataset: str,
    root: Path | None,
    split: str | None,
    recipe: str | None,
    seeds: str,
    methods: str,
    settings: tuple[str, ...],
    train_on: str,
    retrain: bool,
    compare_paper: bool,
    style: str,
    output: Path | None,
    dry_run: bool,
    only_table: bool,
    fingerprint: str | None,
    deterministic: bool,
    device: str,
    precision: str,
    batch_size: int,
    workers: int,
    weights: Path | None,
    plugins: tuple[Path, ...],
    results: Path,
) -> int:
    """Compute and print a table of the CKDN paper: ours, the paper's figure, and the difference.

    NAME is table2 to table13 (9 is an example program), figure5, 'all', or a TOML plan of your own. Everything is
    kept in --results: tables share trainings and runs, and the same command again computes only what is missing.
    Rows that the data cannot carry are left out, and the footer says why.
    """
    from iqabench.progress import Overview
    from iqabench.registry import Registry
    from iqabench.reproduce.campaign import Request, can_open, names_of, plan_campaign
    from iqabench.reproduce.figure import draw
    from iqabench.reproduce.inventory import inventory
    from iqabench.reproduce.jobs import Choices
    from iqabench.reproduce.render import render
    from iqabench.reproduce.table import FAILED

    use_weights_folder(weights)
    drawn = output is not None and output.suffix.lower() == ".svg"
    if drawn and name == "all":
        raise UserError("--output *.svg draws one plan; name it, such as figure5")
    request = Request(
        results=results,
        dataset=dataset,
        root=root,
        split=split,
        recipe=recipe,
        train_on=train_on,
        fingerprint=fingerprint,
        precision=precision,
        choices=Choices(_numbers(seeds), parse_settings(settings), _words(methods), retrain),
        from_results=only_table and not can_open(dataset, root),
    )
    campaign = plan_campaign(names_of(name, dataset), request, Registry(plugins))
    if dry_run:
        click.echo(inventory(campaign))
        return 0
    problems = {}
    if not only_table:
        from iqabench.devices import Machine, choose_device

        machine = Machine(choose_device(device), precision, batch_size, workers)
        with Overview() as overview:
            problems = dict(campaign.compute(machine, overview, deterministic))
    tables = campaign.tables(problems)
    text = draw(tables[0]) if drawn else render(tables, style, _finishing(click.get_current_context()), compare_paper)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
        click.echo(f"{output}: written", err=True)
    return 2 if any((table.frame["status"] == FAILED).any() for table in tables) else 0


def _finishing(context: click.Context) -> str:
    """The command line that computes what this one shows as missing."""
    words = ["iqabench", "reproduce", str(context.params["name"])]
    skipped = {"name", "only_table", "dry_run", "style", "output", "fingerprint"}
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[int, ...]:
    words = _words(text)
    if not all(word.isascii() and word.isdigit() for word in words):
        raise UserError(f"--seeds {text}: whole numbers separated by commas, such as 0,1,2")
    return tuple(dict.fromkeys(int(word) for word in words))
