"""``iqabench recommend``: which metric to trust for a task, and where metrics disagree on one's own images."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    FULL_PRECISION,
    MethodsOption,
    format_option,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
    words_in,
)
from iqabench.cli.output import console, echo, note, tell_outcome
from iqabench.runs.choices import MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.methods.registry import Registry
    from iqabench.predict.advice.advise import Advice
    from iqabench.predict.advice.disagreement import MetricDisagreements
    from iqabench.render.table import Table

AT_HAND = ("input", "pristine", "nothing")
MOST_METRICS = 5
"""Metrics that are compared on one's own images if none are named."""


@dataclass(frozen=True)
class WishOptions:
    """What the metric is for, and what it must keep to."""

    task: str
    have: str
    max_cost: float | None
    licence: str
    pseudo: bool


wish_options = grouped(
    "wishes",
    WishOptions,
    click.option(
        "--task",
        default="any",
        show_default=True,
        help="sr, denoising, gan-based, psnr-oriented, mixture, ...: images of this task or category alone.",
    ),
    click.option(
        "--have",
        default="input",
        show_default=True,
        metavar="A,B",
        help="What is at hand beside the restored image: input (what the restoration was given), pristine, or nothing.",
    ),
    click.option(
        "--max-cost",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MS",
        help="Most milliseconds for an image, as stored with the results.",
    ),
    click.option(
        "--licence",
        type=click.Choice(["any", "commercial"]),
        default="any",
        show_default=True,
        help="commercial: code and weights whose stated licence permits it.",
    ),
    click.option("--pseudo", is_flag=True, help="Take sets labelled by metrics, too; they are named PSEUDO."),
)


@dataclass(frozen=True)
class ImageOptions:
    """One's own images."""

    on: str | None
    degraded: str | None
    methods: str


image_options = grouped(
    "images",
    ImageOptions,
    click.option(
        "--on", metavar="PATH", help="Your own restored images, FOLDER/ALGORITHM/NAME.png: where do metrics disagree?"
    ),
    click.option("--degraded", metavar="PATH", help="What those were made from."),
    click.option(
        "--methods",
        "--method",
        "methods",
        cls=MethodsOption,
        default="",
        metavar="A,B,C",
        help=f"Metrics to compare on them; default: the {MOST_METRICS} best that fit and need no training.",
    ),
)


@click.command("recommend")
@wish_options
@image_options
@format_option("text", "markdown", "json", help=FULL_PRECISION)
@machine_options
@weights_option
@plugin_option
@results_option
def recommend_command(
    wishes: WishOptions,
    images: ImageOptions,
    style: str,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
    results: Path,
) -> int:
    """Say which metrics agree with people best for a task, and which of them may be as good.

    \b
    iqabench recommend --task sr
    iqabench recommend --task sr --have nothing --licence commercial
    iqabench recommend --task gan-based --results runs      runs of yours on PIPAL
    iqabench recommend --task sr --on out/ --degraded in/ --methods psnr,lpips

    The answer rests on stored results on images that people judged: those in --results, and evidence that comes with
    iqabench (900 votes on super-resolution). It names its evidence. --on scores images of yours, which have no labels,
    and says where the metrics disagree. Differences are tested as by 'iqabench compare'.
    """
    from iqabench.methods.registry import Registry
    from iqabench.predict.advice.advise import Wishes, advise
    from iqabench.predict.advice.gather import gather_evidence
    from iqabench.predict.advice.tables import nothing_fits

    have = words_in(wishes.have)
    if not have or not set(have) <= set(AT_HAND):
        raise UserError(f"--have {wishes.have}: use {', '.join(AT_HAND)}, with commas")
    if images.on is None and (images.degraded or images.methods):
        raise UserError("--degraded and --methods are about images of yours: name these with --on")
    registry = Registry(plugins)
    wanted = Wishes(wishes.task, have, wishes.max_cost, wishes.licence == "commercial")
    gathered = gather_evidence(results, wishes.task, pseudo=wishes.pseudo)
    answers = [advise(one, wanted, registry) for one in gathered.evidence]
    if not any(one.candidates for one in answers):
        raise UserError("\n".join(line for one in answers for line in nothing_fits(one)))
    use_weights_folder(weights)
    disagreeing, problems = None, list[str]()
    if images.on is not None:
        names = words_in(images.methods) or _default_methods(answers)
        disagreeing, problems = _disagreement(images.on, images.degraded, names, registry, machine)
    _print(answers, disagreeing, style)
    for one in gathered.notes:
        note(one)
    return tell_outcome([], problems)


def _default_methods(answers: Sequence[Advice]) -> tuple[str, ...]:
    fitting = [one.row for advice in answers for one in advice.candidates if not one.row.learnt_from]
    names = tuple(dict.fromkeys(row.method for row in fitting))[:MOST_METRICS]
    if len(names) < 2:
        raise UserError("--on: fewer than two metrics fit and need no training; name some with --methods")
    return names


def _disagreement(
    restored: str, degraded: str | None, names: Sequence[str], registry: Registry, machine: MachineChoice
) -> tuple[MetricDisagreements, list[str]]:
    from iqabench._util.progress import Overview
    from iqabench.predict.advice.disagreement import disagreements
    from iqabench.predict.loaded import prepare_methods, require_offered
    from iqabench.predict.pairs import pair_images
    from iqabench.predict.score_pairs import score_pairs

    pairs, here = pair_images(restored, degraded), machine.here()
    require_offered(names, registry, here)
    with Overview() as overview:
        prepared = prepare_methods(names, registry, {}, None, overview)
        if not prepared.ready:
            raise UserError("\n".join(prepared.problems))
        scores = score_pairs(pairs, prepared.ready, here, None, overview)
    if scores.interrupted:
        raise KeyboardInterrupt
    for one in scores.warnings:
        note(one)
    problems = [*prepared.problems, *scores.problems]
    try:
        return disagreements(scores), problems
    except UserError as error:
        raise UserError("\n".join([*problems, str(error)])) from error


def _print(answers: Sequence[Advice], disagreeing: MetricDisagreements | None, style: str) -> None:
    from iqabench.predict.advice import disagreement, tables

    if style == "json":
        said: dict[str, Any] = {"answers": [tables.as_data(one) for one in answers]}
        if disagreeing is not None:
            said["disagreement"] = disagreement.as_data(disagreeing)
        echo(json.dumps(said, indent=1, allow_nan=False, ensure_ascii=False))
        return
    shown: list[Table] = [tables.to_table(one) for one in answers]
    shown += disagreement.to_tables(disagreeing) if disagreeing is not None else []
    if style == "text":
        from iqabench.render.terminal import print_table

        for one in shown:
            print_table(one, console(), footer_width=None)
    else:
        from iqabench.render.write import write

        echo(write(shown, style), nl=False)
