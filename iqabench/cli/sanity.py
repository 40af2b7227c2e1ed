"""``iqabench check --ladder``: does a method know bad from worse?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from iqabench._util.errors import UserError
from iqabench._util.text import clear_message
from iqabench.cli.groups import grouped
from iqabench.cli.options import TABLE_FORMATS, format_option, parse_settings, use_weights_folder, words_in
from iqabench.cli.output import OutputFile, echo, tell, write_file
from iqabench.cli.score_formats import require_ending
from iqabench.runs.choices import Limits, MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench._util.progress import Overview
    from iqabench.predict.loaded import Preparation


@dataclass(frozen=True)
class LadderOptions:
    """What the ladder is made of, and where its plots go."""

    ladder: str
    photos: tuple[Path, ...]
    contents: int | None
    size: int
    seed: int
    html_file: Path | None
    plot_file: Path | None


def names_some(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse an option that is given and names no method: without it another test would run."""
    given = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    if given and not value.strip(", "):
        raise UserError(f"--{parameter.name} names no method; write it as --{parameter.name} ckdn,lpips")
    return value


ladder_options = grouped(
    "rungs",
    LadderOptions,
    click.option(
        "--ladder",
        default="",
        metavar="METHOD,...",
        callback=names_some,
        help="Put faults of growing strength on restorations of photographs: a stronger fault must not score better.",
    ),
    click.option(
        "--photos",
        multiple=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of photographs for --ladder; may be repeated. Default: the pristine images of mini.",
    ),
    click.option("--contents", type=click.IntRange(1), help="At most so many photographs. Default: all."),
    click.option(
        "--size",
        default=192,
        show_default=True,
        type=click.IntRange(64),
        help="Side in pixels of the square that each photograph gives.",
    ),
    click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Seed of the faults."),
    click.option("--html", "html_file", type=OutputFile(), help="Write the ladder as a page with its pictures."),
    click.option("--plot", "plot_file", type=OutputFile(), help="Write the ladder's plot as SVG."),
)


@dataclass(frozen=True)
class ScoringOptions:
    """How the methods are made ready, and where the table goes."""

    settings: tuple[str, ...]
    train_on: str | None
    results: Path
    style: str
    output: Path | None
    save: bool


scoring_options = grouped(
    "chosen",
    ScoringOptions,
    click.option(
        "--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method."
    ),
    click.option(
        "--train-on", metavar="NAME[:ROOT]", help="Score by models trained on this data set (mini, pipal, ...)."
    ),
    click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("runs"),
        show_default=True,
        help="Folder of trained models, and of what --save keeps.",
    ),
    format_option(*TABLE_FORMATS, help="How to print the table of --ladder or --control."),
    click.option("--output", type=OutputFile(), help="Write the table to this file."),
    click.option("--save", is_flag=True, help="Keep the figures in --results, as columns for 'iqabench table'."),
)


@dataclass(frozen=True)
class Surroundings:
    """What a test finds around it."""

    plugins: PluginFiles
    weights: Path | None
    machine: MachineChoice
    timeout: float


def check_ladder(rungs: LadderOptions, chosen: ScoringOptions, around: Surroundings) -> int:
    """Climb the ladder with every method named, and print the table. Exit code 2 if any score is missing."""
    from iqabench._util.progress import Overview
    from iqabench.checks.ladder.climb import climb
    from iqabench.checks.ladder.order import shares
    from iqabench.checks.ladder.starts import choose_photographs
    from iqabench.checks.ladder.tables import ladder_text

    for option, path, style in (("--html", rungs.html_file, "html"), ("--plot", rungs.plot_file, "svg")):
        if path is not None:
            require_ending(option, path, style)
    photographs = choose_photographs(rungs.photos, rungs.contents)
    with Overview() as overview, prepared_methods(rungs.ladder, chosen, around, overview) as prepared:
        found = climb(prepared.ready, photographs, around.machine.here(), overview, size=rungs.size, seed=rungs.seed)
    found.problems = [*prepared.problems, *found.problems]
    figures = shares(found)
    print_table(ladder_text(found, figures, chosen.style), chosen.output)
    if chosen.save:
        from iqabench.checks.kept import ladder_rows

        keep("ladder", ladder_rows(found, figures, prepared.ready, around.machine.precision), chosen.results)
    if rungs.html_file is not None or rungs.plot_file is not None:
        from iqabench.checks.ladder.page import render_ladder, render_plot

        if rungs.html_file is not None:
            write_file(rungs.html_file, render_ladder(found, figures, photographs))
        if rungs.plot_file is not None:
            write_file(rungs.plot_file, render_plot(found, figures))
    return tell_rest(found.notes, found.problems)


@contextmanager
def prepared_methods(
    names: str, chosen: ScoringOptions, around: Surroundings, overview: Overview
) -> Iterator[Preparation]:
    """The methods called ``names``, as long as they are needed; methods of plugins live in processes of their own."""
    from iqabench.methods.registry import Registry
    from iqabench.predict.loaded import TrainingRequest, prepare_methods, require_offered

    here = around.machine.here()
    use_weights_folder(around.weights)
    isolation = Limits(timeout=around.timeout).isolation(around.plugins, around.machine.precision)
    registry = Registry(around.plugins)
    require_offered(words_in(names), registry, here, trained=bool(chosen.train_on))
    wanted = TrainingRequest(chosen.train_on, chosen.results, here) if chosen.train_on else None
    with closing(isolation) if isolation is not None else nullcontext():
        prepared = prepare_methods(
            words_in(names), registry, parse_settings(chosen.settings), wanted, overview, isolation
        )
        if not prepared.ready:
            raise UserError("\n".join(prepared.problems) or "no method is named")
        yield prepared


def print_table(text: str, output: Path | None) -> None:
    """Print ``text``, or write it to ``output``."""
    if output is None:
        echo(text.rstrip("\n"))
    else:
        write_file(output, text if text.endswith("\n") else f"{text}\n")


def keep(kind: str, rows: Sequence[Mapping[str, Any]], results: Path) -> None:
    """Save ``rows`` of the ladder or the control in the folder ``results``, and say so."""
    from iqabench.results.checks import save_checks

    path = save_checks(results, kind, rows)
    tell(f"kept in {path}: 'iqabench table --results {results} --columns srcc,{kind}' shows them")


def tell_rest(notes: list[str], problems: list[str]) -> int:
    """Say what else the user should know; return the exit code: 2 if there is any problem."""
    for message in dict.fromkeys(notes):
        tell(f"{click.style('note:', bold=True)} {clear_message(message)}")
    for message in problems:
        tell(f"{click.style('error:', fg='red', bold=True)} {clear_message(message)}")
    return 2 if problems else 0
