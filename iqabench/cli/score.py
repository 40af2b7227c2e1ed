"""``iqabench score``: score your own images."""

from __future__ import annotations

import signal
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util import interruption, streams, waiting
from iqabench._util.errors import UserError
from iqabench._util.write_through import STANDARD_OUTPUT
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    MethodsOption,
    limit_options,
    parse_settings,
    plugin_option,
    protocol_option,
    results_option,
    use_weights_folder,
    weights_option,
    words_in,
)
from iqabench.cli.output import OutputFile, echo, remark, tell, write_file
from iqabench.cli.score_formats import FORMATS, format_of, require_ending
from iqabench.cli.score_rules import RuleOptions, read_rules, rule_options
from iqabench.runs.choices import Limits, MachineChoice

if TYPE_CHECKING:
    import torch

    from iqabench._util.plugins import PluginFiles
    from iqabench._util.progress import Overview
    from iqabench.predict.passes import Shown
    from iqabench.predict.score_pairs import PairScores


@dataclass(frozen=True)
class MethodOptions:
    """What scores, and how."""

    methods: str
    pristine: str | None
    settings: tuple[str, ...]
    tiles: str
    protocol: str | None


method_options = grouped(
    "chosen",
    MethodOptions,
    click.option(
        "--method",
        "--methods",
        "methods",
        cls=MethodsOption,
        default="ckdn",
        show_default=True,
        help="One method or several, with commas.",
    ),
    click.option(
        "--pristine",
        metavar="PATH",
        help="The pristine images, a file, folder or quoted pattern: methods that compare with them are scored on "
        "them, too, and the columns say what was shown (METHOD@degraded, METHOD@pristine).",
    ),
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
    protocol_option,
)


@dataclass(frozen=True)
class OutputOptions:
    """Where the scores go, and in which form."""

    csv_file: Path | None
    html_file: Path | None
    maps: bool
    output: Path | None
    asked: str | None
    quiet: bool

    def style(self) -> str:
        """The format of what is printed or goes to ``--output``. Raises UserError for an ending that says another."""
        if self.csv_file is not None:
            require_ending("--csv", self.csv_file, "csv")
        if self.html_file is not None:
            require_ending("--html", self.html_file, "html")
        return format_of(self.output, self.asked)


written_options = grouped(
    "written",
    OutputOptions,
    click.option("--csv", "csv_file", type=OutputFile(), help="Write the scores as CSV (-: standard output)."),
    click.option("--html", "html_file", type=OutputFile(), help="Write a page to look at."),
    click.option(
        "--maps/--no-maps",
        default=True,
        show_default=True,
        help="Heat maps on the page, of where each image is bad, by methods that say it; they take about as long as "
        "scoring.",
    ),
    click.option("--output", type=OutputFile(), help="Write here what is else printed."),
    click.option(
        "--format",
        "asked",
        type=click.Choice(FORMATS),
        help="Default: what the ending of --output says, else text. parquet needs pyarrow: in a clone of iqabench, "
        "pip install '.[parquet]'.",
    ),
    click.option("--quiet", is_flag=True, help="Print the numbers alone, a line for each image; no notes, no bars."),
)


@click.command("score")
@click.argument("paths", nargs=-1, required=True, metavar="RESTORED [DEGRADED]")
@method_options
@click.option("--train-on", metavar="NAME[:ROOT]", help="Score by a model trained on this data set (mini, pipal, ...).")
@written_options
@rule_options
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
    rules: RuleOptions,
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
    iqabench score results/ inputs/             results/ALGORITHM/NAME.png, ranked
    iqabench score 'out/*_x4.png' 'in/*.png' --method ckdn,lpips,sharpness
    iqabench score pairs.csv                    columns restored,degraded
    iqabench score restored/ --method sharpness (needs no degraded image)
    iqabench score restored/ degraded/ --pristine pristine/ --method ckdn,psnr
    iqabench score out/ in/ --method psnr --fail-under psnr=28 --junit checks.xml

    RESTORED and DEGRADED are files, folders or quoted patterns, matched by name: NAME.png, ALGORITHM/NAME.png and
    NAME_ALGORITHM.png belong to NAME.png. One degraded file serves all. A degraded image that is 2, 3, 4, ... times
    smaller is upsampled to the restored image's size (bicubic). Grey is repeated on three channels, transparency is
    put on white. A trained method uses the weights that come with it; --train-on trains it, or finds what a run
    trained.

    Exit code 0 if every image has its score, 2 if any has none: the others are scored, and it is said which and why;
    1 if every image has its score and one is worse than --fail-under or --max-drop allows.
    """
    if written.quiet:
        click.get_current_context().with_resource(waiting.silent())
    if len(paths) > 2:
        first = ", ".join(paths[:3]) + ", ..." * (len(paths) > 3)
        raise UserError(
            f"{len(paths)} paths are given ({first}), but it takes RESTORED and DEGRADED only: put a pattern in quotes "
            "('out/*.png'), or name the folder"
        )
    from iqabench._util.progress import Overview
    from iqabench.data.protocols.load import find_protocol
    from iqabench.methods.registry import Registry
    from iqabench.predict.loaded import TrainingRequest, prepare_methods, require_offered
    from iqabench.predict.pairs import pair_images
    from iqabench.predict.passes import references_of, what_is_shown
    from iqabench.predict.score_pairs import score_pairs
    from iqabench.predict.tables import require_parquet
    from iqabench.scoring.tiles import parse_tiles

    tiling, style = parse_tiles(chosen.tiles), written.style()
    protocol = None if chosen.protocol is None else find_protocol(chosen.protocol)
    if style == "parquet":
        require_parquet()
        if written.output is None and streams.result().isatty():
            raise UserError("--format parquet is not for a terminal: name a file, --output scores.parquet")
    pairs = pair_images(paths[0], paths[1] if len(paths) > 1 else None, chosen.pristine)
    names = words_in(chosen.methods)
    registry = Registry(plugins)
    settings = parse_settings(chosen.settings)
    use_weights_folder(weights)
    here = machine.here()
    require_offered(names, registry, here, trained=bool(train_on))
    training = TrainingRequest(train_on, results, here) if train_on else None
    isolation = limits.isolation(plugins, machine.precision)
    with Overview(quiet=written.quiet) as overview, closing(isolation) if isolation is not None else nullcontext():
        prepared = prepare_methods(names, registry, settings, training, overview, isolation)
        if not prepared.ready:
            raise UserError("\n".join(prepared.problems) or "--method names no method")
        shown, _ = what_is_shown(prepared.ready, references_of(pairs.rows))
        kept = read_rules(rules, names, [one.name for one in shown])
        pair_scores = score_pairs(pairs, prepared.ready, here, tiling, overview, protocol)
        pair_scores.problems += prepared.problems
        _write(pair_scores, written, overview, shown, here.device)
    _print(pair_scores, written, style)
    missed = kept.apply(pair_scores, written.quiet)
    if pair_scores.interrupted:
        return interruption.exit_code(interruption.received() or signal.SIGINT)
    return 2 if pair_scores.problems else missed


def _write(
    pair_scores: PairScores, written: OutputOptions, overview: Overview, shown: list[Shown], device: torch.device
) -> None:
    if written.csv_file is not None:
        from iqabench.predict.tables import to_csv

        write_file(written.csv_file, to_csv(pair_scores), quiet=written.quiet)
    if written.html_file is not None:
        from iqabench.predict.page import heat_maps, render_scores

        heats = heat_maps(shown, pair_scores, device, overview) if written.maps else None
        page = render_scores(pair_scores, overview, heats)
        write_file(written.html_file, page.encode(), quiet=written.quiet)
        if heats is not None:
            pair_scores.warnings += heats.warnings
            pair_scores.interrupted |= heats.interrupted


def _print(pair_scores: PairScores, written: OutputOptions, style: str) -> None:
    scored = bool(pair_scores.scores.notna().any(axis=None))
    if scored:
        content = _content(pair_scores, written, style)
        if written.output is not None:
            write_file(written.output, content, quiet=written.quiet)
        elif isinstance(content, str):
            echo(content, nl=False)
        else:
            write_file(STANDARD_OUTPUT, content)
    for kind, colour, messages in (
        ("note", None, [] if written.quiet else pair_scores.notes),
        ("warning", "yellow", pair_scores.warnings),
        ("error", "red", pair_scores.problems),
    ):
        for message in messages:
            remark(message, kind, colour)
    if not scored:
        tell("nothing could be scored")


def _content(pair_scores: PairScores, written: OutputOptions, style: str) -> str | bytes:
    from iqabench.predict import tables

    if style == "text" and written.quiet:
        return tables.to_numbers(pair_scores)
    if style == "text":
        here = streams.result().isatty() and written.output is None
        return tables.to_text(pair_scores, _columns() if here else None)
    if style == "parquet":
        return tables.to_parquet(pair_scores)
    write = {"csv": tables.to_csv, "json": tables.to_json, "markdown": tables.to_markdown}[style]
    return write(pair_scores)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns
