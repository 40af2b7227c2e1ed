"""``iqabench score``: score your own images."""

from __future__ import annotations

import signal
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util import interruption, streams
from iqabench._util.errors import UserError
from iqabench._util.text import clear_message
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    limit_options,
    parse_settings,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
    words_in,
)
from iqabench.cli.output import OutputFile, echo, tell, write_file
from iqabench.runs.choices import Limits, MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench._util.progress import Overview
    from iqabench.predict.score_pairs import PairScores


@dataclass(frozen=True)
class MethodOptions:
    """What scores, and how."""

    methods: str
    settings: tuple[str, ...]
    tiles: str


method_options = grouped(
    "chosen",
    MethodOptions,
    click.option("--method", "methods", default="ckdn", show_default=True, help="One method or several, with commas."),
    click.option(
        "--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method."
    ),
    click.option(
        "--tiles",
        default="auto",
        show_default=True,
        metavar="auto|off|SIZE",
        help="Score in square tiles and take their mean: auto cuts images above 2 megapixels (unless the method says "
        "otherwise), off none, SIZE all that are larger.",
    ),
)


@dataclass(frozen=True)
class OutputOptions:
    """Where the scores go, and in which form."""

    csv_file: Path | None
    html_file: Path | None
    output: Path | None
    style: str


written_options = grouped(
    "written",
    OutputOptions,
    click.option("--csv", "csv_file", type=OutputFile(), help="Write the scores as CSV (-: standard output)."),
    click.option("--html", "html_file", type=OutputFile(), help="Write a page to look at."),
    click.option("--output", type=OutputFile(), help="Write here what is else printed."),
    click.option("--format", "style", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True),
)


@click.command("score")
@click.argument("paths", nargs=-1, required=True, metavar="RESTORED [DEGRADED]")
@method_options
@click.option("--train-on", metavar="NAME[:ROOT]", help="Score by a model trained on this data set (mini, pipal, ...).")
@written_options
@limit_options
@machine_options
@weights_option
@plugin_option
@results_option
def score_command(
    paths: tuple[str, ...],
    chosen: MethodOptions,
    train_on: str | None,
    written: OutputOptions,
    limits: Limits,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
    results: Path,
) -> int:
    """Score restored images, shown what their restoration was given.

    \b
    iqabench score restored.png degraded.png
    iqabench score restored/ degraded/ --csv scores.csv --html scores.html
    iqabench score results/ inputs/             results/ALGORITHM/NAME.png, ranked per content
    iqabench score 'out/*_x4.png' 'in/*.png' --method ckdn,lpips,sharpness
    iqabench score pairs.csv                    columns restored,degraded
    iqabench score restored/ --method sharpness (methods that need no degraded image)

    RESTORED and DEGRADED are files, folders or quoted patterns, matched by name: NAME.png, ALGORITHM/NAME.png and
    NAME_ALGORITHM.png belong to NAME.png. One degraded file serves all. A degraded image that is 2, 3, 4, ... times
    smaller is upsampled to the restored image's size (bicubic). Grey is repeated on three channels, transparency is
    put on white. A trained method uses the weights that come with it; --train-on trains it, or finds what a run
    trained.

    Exit code 0 if every image has its score, 2 if any has none: the others are scored, and it is said which and why.
    """
    if len(paths) > 2:
        raise UserError(
            f"{len(paths)} paths are given ({', '.join(paths[:3])}, ...), but it takes RESTORED and DEGRADED only: "
            "put a pattern in quotes ('out/*.png'), or name the folder"
        )
    from iqabench._util.progress import Overview
    from iqabench.methods.registry import Registry
    from iqabench.predict.loaded import TrainingRequest, prepare_methods
    from iqabench.predict.pairs import pair_images
    from iqabench.predict.score_pairs import score_pairs
    from iqabench.scoring.tiles import parse_tiles

    tiling = parse_tiles(chosen.tiles)
    pairs = pair_images(*paths)
    names = words_in(chosen.methods)
    registry = Registry(plugins)
    settings = parse_settings(chosen.settings)
    use_weights_folder(weights)
    here = machine.here()
    training = TrainingRequest(train_on, results, here) if train_on else None
    isolation = limits.isolation(plugins, machine.precision)
    with Overview() as overview, closing(isolation) if isolation is not None else nullcontext():
        prepared = prepare_methods(names, registry, settings, training, overview, isolation)
        if not prepared.ready:
            raise UserError("\n".join(prepared.problems) or "--method names no method")
        pair_scores = score_pairs(pairs, prepared.ready, here, tiling, overview)
        pair_scores.problems += prepared.problems
        _write(pair_scores, written, overview)
    _print(pair_scores, written)
    if pair_scores.interrupted:
        return interruption.exit_code(interruption.received() or signal.SIGINT)
    return 2 if pair_scores.problems else 0


def _write(pair_scores: PairScores, written: OutputOptions, overview: Overview) -> None:
    if written.csv_file is not None:
        from iqabench.predict.tables import to_csv

        write_file(written.csv_file, to_csv(pair_scores))
    if written.html_file is not None:
        from iqabench.predict.page import render_scores

        write_file(written.html_file, render_scores(pair_scores, overview).encode())


def _print(pair_scores: PairScores, written: OutputOptions) -> None:
    from iqabench.predict.tables import to_csv, to_json, to_text

    scored = bool(pair_scores.scores.notna().any(axis=None))
    if scored:
        output = written.output
        if written.style == "text":
            text = to_text(pair_scores, _columns() if streams.result().isatty() and output is None else None)
        else:
            text = {"csv": to_csv, "json": to_json}[written.style](pair_scores)
        if output is None:
            echo(text, nl=False)
        else:
            write_file(output, text)
    for kind, colour, messages in (
        ("note", None, pair_scores.notes),
        ("warning", "yellow", pair_scores.warnings),
        ("error", "red", pair_scores.problems),
    ):
        for message in messages:
            tell(f"{click.style(kind + ':', fg=colour, bold=True)} {clear_message(message)}")
    if not scored:
        tell("nothing could be scored")


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns
