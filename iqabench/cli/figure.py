"""``iqabench figure``: a leaderboard as a figure for a paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.options import MethodsOption, contaminated_option, stored_options, words_in
from iqabench.cli.output import OutputFile, tell_outcome, write_file
from iqabench.cli.stored import load_chosen, load_sets

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet

LEADERBOARD, CRITICAL_DIFFERENCE = "leaderboard", "critical-difference"


@dataclass(frozen=True)
class Drawn:
    """Which figure is drawn."""

    of: str
    with_contaminated: bool


@click.command("figure")
@stored_options
@click.option("--category", help="Only images of this category, such as GAN-based (of PIPAL).")
@click.option(
    "--methods", "--method", cls=MethodsOption, default="", help="Only these methods, with commas; default: all."
)
@click.option("--statistic", help="What is drawn, such as srcc; default: the first that there are figures of.")
@click.option(
    "--format", "kind", type=click.Choice(["svg", "pdf", "png"]), help="Default: as the ending of --output says."
)
@click.option("--output", type=OutputFile(), required=True, help="File to write, - for standard output.")
@grouped(
    "drawn",
    Drawn,
    click.option(
        "--kind",
        "of",
        type=click.Choice([LEADERBOARD, CRITICAL_DIFFERENCE]),
        default=LEADERBOARD,
        show_default=True,
        help="critical-difference: average ranks over several data sets, and what cannot be told apart.",
    ),
    contaminated_option,
)
def figure_command(
    results: Path,
    dataset: str | None,
    splits: str,
    seeds: str,
    category: str | None,
    methods: str,
    statistic: str | None,
    kind: str | None,
    output: Path,
    drawn: Drawn,
) -> int:
    """Draw the leaderboard of one data set and split: figures, intervals, and what cannot be told apart.

    --kind critical-difference draws average ranks over --dataset A,B,C instead. The figures are those of 'iqabench
    table'. A bar beside the rows joins methods that cannot be told apart, as in a critical-difference diagram. A hollow
    dot is not ranked. Needs matplotlib: pip install 'iqabench[figures]'.
    """
    from iqabench.render.figure import FORMATS, draw_leaderboard
    from iqabench.stats.leaderboard import leaderboard

    kind = kind or output.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UserError(f"--output {output}: end its name with .{', .'.join(FORMATS)}, or say the --format")
    over_sets = drawn.of == CRITICAL_DIFFERENCE
    if over_sets and statistic is not None:
        raise UserError("--statistic: ranks are drawn, and each data set has its own figure; leave it out")
    sets, problems = _over_sets(results, dataset, splits, seeds, category) if over_sets else ([], [])
    sets = sets or load_chosen(results, dataset, splits, seeds, category)
    there = {run.method for one in sets for run in one.runs}
    for name in words_in(methods):
        if name not in there:
            raise UserError(f"--methods {name}: no result of it; there are: {', '.join(sorted(there))}")
    wanted = set(words_in(methods)) or there
    if over_sets:
        from iqabench.render.critical_difference import draw_critical_difference
        from iqabench.stats.many_sets import many_sets

        shown = [replace(one, runs=[run for run in one.runs if run.method in wanted]) for one in sets]
        content = draw_critical_difference(many_sets(shown, drawn.with_contaminated), kind)
    elif len(sets) != 1:
        found = "; ".join(f"--dataset {one.dataset} --split {one.split}" for one in sets)
        raise UserError(
            f"a leaderboard's figure shows one data set and split (over several: --kind {CRITICAL_DIFFERENCE}); choose "
            f"one of: {found}"
        )
    else:
        frame = leaderboard(sets[0])
        content = draw_leaderboard(frame[frame["method"].isin(wanted)], statistic, kind)
    write_file(output, content.decode() if kind == "svg" else content)
    return tell_outcome([], problems)


def _over_sets(
    results: Path, dataset: str | None, splits: str, seeds: str, category: str | None
) -> tuple[list[ResultSet], list[str]]:
    """The sets to rank over, all that there are unless some are named, and why some are left out."""
    from iqabench.results.store import load_results

    names = words_in(dataset or "") or tuple(dict.fromkeys(one.dataset for one in load_results(results)))
    return load_sets(results, names, splits, seeds, category)
