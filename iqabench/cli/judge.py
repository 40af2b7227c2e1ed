"""``iqabench judge``: ask people which of two images is better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    TABLE_FORMATS,
    MethodsOption,
    format_option,
    plugin_option,
    use_weights_folder,
    weights_option,
    words_in,
)
from iqabench.cli.output import OutputFile, console, echo, note, tell, tell_outcome, write_file
from iqabench.runs.choices import MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench._util.progress import Overview
    from iqabench.methods.registry import Registry
    from iqabench.predict.judging.choose import ChosenPair
    from iqabench.predict.judging.verdict import Verdict
    from iqabench.predict.pairs import Pairs

MEGABYTE = 1_000_000
NO_MORE = {
    "gmad": "on no other do two of these metrics disagree so; add images or metrics, or --choose random",
    "random": "there are no more",
}


@click.group("judge", short_help="Ask people: export a page of pairs, import what they chose.")
def judge() -> None:
    """Ask people which of two images is better.

    \b
    iqabench judge export out/ --degraded in/ --methods psnr,lpips --out p.html
    iqabench judge import choices-*.json --page page.html --out votes
    iqabench run --methods ckdn,lpips --dataset votes --root votes
    """


@dataclass(frozen=True)
class ChoiceOptions:
    """Which pairs are asked."""

    choose: str
    methods: str
    pairs: int
    seed: int
    repeats: int
    swapped: int
    obvious: int


choice_options = grouped(
    "chosen",
    ChoiceOptions,
    click.option(
        "--choose",
        type=click.Choice(["gmad", "random"]),
        default="gmad",
        show_default=True,
        help="gmad: pairs that one metric calls equal and another most different. random: any, every two algorithms "
        "equally often; the choice for a scale.",
    ),
    click.option(
        "--methods",
        "--method",
        "methods",
        cls=MethodsOption,
        default="",
        metavar="A,B,C",
        help="Metrics that gmad sets against each other, two or more.",
    ),
    click.option("--pairs", default=100, show_default=True, type=click.IntRange(1), help="Pairs, without controls."),
    click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of what is drawn by chance."),
    click.option(
        "--repeats",
        default=4,
        show_default=True,
        type=click.IntRange(0),
        help="Controls: pairs shown a second time.",
    ),
    click.option(
        "--swapped",
        default=4,
        show_default=True,
        type=click.IntRange(0),
        help="Controls: pairs shown a second time, left and right swapped.",
    ),
    click.option(
        "--obvious",
        default=12,
        show_default=True,
        type=click.IntRange(0),
        help="Controls: an image beside the same one, blurred and compressed.",
    ),
)


@judge.command("export")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "--degraded", metavar="PATH", help="What the images were made from, shown above each pair and to metrics."
)
@choice_options
@click.option("--out", required=True, type=OutputFile(), help="The page, such as page.html.")
@click.option(
    "--largest",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="MB",
    help="Pictures of more megabytes go to a folder beside the page.",
)
@machine_options
@weights_option
@plugin_option
def export_command(
    folders: tuple[str, ...],
    degraded: str | None,
    chosen: ChoiceOptions,
    out: Path,
    largest: float,
    machine: MachineChoice,
    weights: Path | None,
    plugins: PluginFiles,
) -> int:
    """Write a page of pairs to judge, which works offline: send it to people, and they send a file back.

    \b
    iqabench judge export out/ --degraded in/ --methods psnr,lpips --out p.html
    iqabench judge export SwinIR/ EDSR/ --choose random --out page.html

    FOLDER holds a sub-folder for each algorithm, or is one algorithm of several; images of one name show one content.
    The page holds the pictures as they are, without loss, and each judge sees an order of their own. Controls
    (repeated, swapped and obvious pairs) come to --pairs.
    """
    from iqabench._util.progress import Overview
    from iqabench._util.write_through import STANDARD_OUTPUT
    from iqabench.methods.registry import Registry
    from iqabench.predict.judging.controls import ControlNumbers
    from iqabench.predict.judging.export import Request, export_page
    from iqabench.predict.judging.material import images_to_judge

    if chosen.choose == "random" and chosen.methods:
        raise UserError("--methods: --choose random asks no metric; leave one of the two out")
    registry = Registry(plugins)
    found = images_to_judge(folders, degraded)
    use_weights_folder(weights)
    with Overview() as overview:
        pairs, signatures, problems = _choose(found, chosen, machine, registry, overview)
        controls = ControlNumbers(chosen.repeats, chosen.swapped, chosen.obvious)
        request = Request(out.stem, chosen.choose, chosen.seed, controls, int(largest * MEGABYTE), signatures)
        exported = export_page(found.rows, pairs, request, overview)
    for one in (*found.notes, *exported.notes):
        note(one)
    if len(pairs) < chosen.pairs:
        note(f"{counted(len(pairs), 'pair')} instead of {chosen.pairs}: {NO_MORE[chosen.choose]}")
    if exported.beside and out == STANDARD_OUTPUT:
        raise UserError(f"--out -: more than {largest:g} MB of pictures go to a folder beside the page; name a file")
    if exported.beside:
        exported.write_pictures(out.parent / exported.plan.folder)
    write_file(out, exported.page)
    kinds = [pair.kind for pair in exported.plan.pairs]
    shown = f"{counted(len(kinds), 'pair')} ({len(kinds) - kinds.count('pair')} of them controls)"
    tell(f"{shown}, {len(exported.page) / MEGABYTE:,.1f} MB, page {exported.plan.digest[:12]}")
    if exported.beside:
        size = sum(map(len, exported.beside.values())) / MEGABYTE
        tell(f"send along {out.parent / exported.plan.folder}: {size:,.1f} MB of pictures")
    return tell_outcome([], [*found.problems, *problems])


def _choose(
    found: Pairs, chosen: ChoiceOptions, machine: MachineChoice, registry: Registry, overview: Overview
) -> tuple[list[ChosenPair], tuple[str, ...], list[str]]:
    """The pairs, the signatures of the metrics that chose them, and what these could not score."""
    import numpy as np

    from iqabench.predict.judging.choose import choose_at_random, choose_gmad

    if chosen.choose == "random":
        return choose_at_random(found.rows, chosen.pairs, np.random.default_rng(chosen.seed)), (), []
    names = words_in(chosen.methods)
    if len(names) < 2:
        raise UserError("--choose gmad sets metrics against each other: name two or more with --methods")
    from iqabench.predict.loaded import prepare_methods, require_offered
    from iqabench.predict.pairs import Pairs
    from iqabench.predict.score_pairs import score_pairs

    here = machine.here()
    require_offered(names, registry, here)
    prepared = prepare_methods(names, registry, {}, None, overview)
    if len(prepared.ready) < 2:
        raise UserError("\n".join(prepared.problems))
    scored = score_pairs(Pairs(found.rows), prepared.ready, here, None, overview)
    if scored.interrupted:
        raise KeyboardInterrupt
    scores = {column.name: column.sign * scored.scores[column.name].to_numpy(dtype=float) for column in scored.columns}
    pairs = choose_gmad(found.rows, scores, chosen.pairs)
    return pairs, tuple(column.signature for column in scored.columns), [*prepared.problems, *scored.problems]


@dataclass(frozen=True)
class JudgeRuleOptions:
    """What a judge must keep."""

    obvious_level: float
    repeat_level: float
    side_level: float


rule_options = grouped(
    "rule",
    JudgeRuleOptions,
    click.option(
        "--obvious-level",
        default=0.05,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="Leave out who finds the better image in so few obvious pairs that who slips in one of ten does as badly "
        "in less than this share of cases.",
    ),
    click.option(
        "--repeat-level",
        default=0.05,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="Leave out who repeats themselves so seldom that a coin does as badly in less than this share of cases.",
    ),
    click.option(
        "--side-level",
        default=0.001,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="Leave out who chooses one side so often that chance does so in less than this share of cases.",
    ),
)


@judge.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option(
    "--page", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The page that was judged."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the votes; an earlier import is replaced.",
)
@rule_options
@format_option(*TABLE_FORMATS, help="CSV holds the scale, JSON also judges and pairs.")
@click.option("--figure", type=OutputFile(), help="Draw the scale: .svg, .pdf or .png.")
def import_command(
    files: tuple[Path, ...], page: Path, out: Path, rule: JudgeRuleOptions, style: str, figure: Path | None
) -> int:
    """Read what judges saved, write a data set of votes, and print the scale of the algorithms.

    \b
    iqabench judge import choices-*.json --page page.html --out votes

    A file of another page, or a broken one, is named and left out (exit code 2); the others count. Judges who fail the
    controls are left out: fewer obvious pairs right than by who slips in one of ten, repeated pairs answered alike more
    seldom than by a coin, or one side chosen whatever it showed. The votes are a data set for 'iqabench run --dataset
    votes --root OUT'; choices.csv there keeps who said what, 'similar' included.
    """
    from iqabench._util.progress import Overview
    from iqabench.predict.judging.answers import gather
    from iqabench.predict.judging.plan import read_plan
    from iqabench.predict.judging.verdict import judge_page
    from iqabench.predict.judging.votes_folder import require_free, write_votes
    from iqabench.stats.screening import ScreeningRule

    kind = _figure_kind(figure)
    plan, pictures = read_plan(page)
    require_free(out, plan)
    gathered = gather(files, plan)
    if not gathered.answers:
        raise UserError("\n".join(gathered.problems))
    for one in gathered.notes:
        note(one)
    try:
        kept = ScreeningRule(rule.obvious_level, rule.repeat_level, rule.side_level)
        verdict = judge_page(plan, gathered.answers, kept)
    except UserError as error:
        raise UserError("\n".join([*gathered.problems, str(error)])) from error
    with Overview() as overview:
        write_votes(verdict, pictures, page, out, overview)
    _print(verdict, style)
    tell(f"votes: {out}, for --dataset votes --root {out}")
    if figure is not None:
        from iqabench.render.scale_figure import draw_scale

        drawn = draw_scale(verdict.scale, kind)
        write_file(figure, drawn.decode() if kind == "svg" else drawn)
    return tell_outcome([], gathered.problems)


def _figure_kind(figure: Path | None) -> str:
    if figure is None:
        return ""
    from iqabench.render.figure import FORMATS

    kind = figure.suffix.lower().removeprefix(".") or "svg"
    if kind not in FORMATS:
        raise UserError(f"--figure {figure}: end its name with .{', .'.join(FORMATS)}")
    return kind


def _print(verdict: Verdict, style: str) -> None:
    from iqabench.predict.judging import tables

    if style == "json":
        echo(tables.to_json(verdict), nl=False)
    elif style == "csv":
        import pandas as pd

        echo(pd.DataFrame(tables.scale_rows(verdict)).to_csv(index=False, lineterminator="\n"), nl=False)
    elif style == "text":
        from iqabench.render.terminal import print_table

        print_table(tables.to_table(verdict), console(), footer_width=None)
    else:
        from iqabench.render.write import write

        echo(write([tables.to_table(verdict)], style), nl=False)
