"""``iqabench figure``: results as a figure for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.options import MethodsOption, ablations_option, contaminated_option, references_option, words_in
from iqabench.cli.output import OutputFile, note, tell_outcome, write_file
from iqabench.cli.rows import names_references, only_rows, rows_of_references, rows_shown
from iqabench.cli.stored import UNNAMED, StoredChoice, category_option, load_chosen, load_sets, stored_options

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet

LEADERBOARD, CRITICAL_DIFFERENCE, SCATTER, REFERENCES = KINDS = (
    "leaderboard",
    "critical-difference",
    "scatter",
    "references",
)


@dataclass(frozen=True)
class Drawn:
    """Which figure is drawn."""

    of: str
    references: str
    with_contaminated: bool
    with_ablations: bool


@click.command("figure")
@stored_options
@category_option
@click.option(
    "--methods",
    "--method",
    cls=MethodsOption,
    default="",
    help="Only these, with commas: METHOD or METHOD@REFERENCE; default: all.",
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
        type=click.Choice(KINDS),
        default=LEADERBOARD,
        show_default=True,
        help="critical-difference: average ranks over several data sets, and what cannot be told apart; scatter: "
        "scores against labels; references: a method's figure by the reference that it is shown.",
    ),
    references_option,
    contaminated_option,
    ablations_option,
)
def figure_command(
    stored: StoredChoice,
    category: str | None,
    methods: str,
    statistic: str | None,
    kind: str | None,
    output: Path,
    drawn: Drawn,
) -> int:
    """Draw the leaderboard of one data set and split: figures, intervals, and what cannot be told apart.

    --kind critical-difference draws average ranks over --dataset A,B,C instead, --kind scatter the scores of up to
    twelve methods against the labels, --kind references what better references bring. The figures are those of
    'iqabench table'. A bar beside the rows joins methods that cannot be told apart, as in a critical-difference
    diagram. A hollow dot is not ranked. Needs matplotlib: in a clone of iqabench, pip install '.[figures]'.
    """
    from iqabench.render.figure import FORMATS

    kind = kind or output.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UserError(f"--output {output}: end its name with .{', .'.join(FORMATS)}, or say the --format")
    over_sets = drawn.of == CRITICAL_DIFFERENCE
    if drawn.of != LEADERBOARD and statistic is not None:
        raise UserError(f"--statistic is about --kind {LEADERBOARD}; leave it out for --kind {drawn.of}")
    sets, problems = _over_sets(stored, category) if over_sets else ([], [])
    sets = sets or load_chosen(stored, category)
    shown = rows_shown(sets, methods, drawn.with_ablations)
    of_references, shown = rows_of_references(
        sets, shown, drawn.references, own=drawn.of == SCATTER and not names_references(methods)
    )
    kept = only_rows(of_references, shown, said=not methods)
    sets = [one for one, some in zip(sets, kept, strict=True) if some.runs]
    kept = [some for some in kept if some.runs]
    if over_sets:
        if len(kept) == 1:
            alone = (
                f"--kind {CRITICAL_DIFFERENCE} ranks over several data sets, and there are results of "
                f"{kept[0].dataset} alone; --kind {LEADERBOARD} shows what cannot be told apart on one"
            )
            raise UserError("\n".join([*problems, alone]))
        from iqabench.render.critical_difference import draw_critical_difference
        from iqabench.stats.many_sets import many_sets

        content = draw_critical_difference(many_sets(kept, drawn.with_contaminated), kind)
    elif len(sets) != 1:
        raise UserError(
            "this figure shows one data set, split and protocol (over several data sets: --kind "
            f"{CRITICAL_DIFFERENCE}); choose one of: {'; '.join(_chosen_by(sets))}"
        )
    else:
        content = _draw_one(sets[0], drawn.of, shown, statistic, kind)
    write_file(output, content.decode() if kind == "svg" else content)
    return tell_outcome([], problems)


def _draw_one(results: ResultSet, of: str, shown: set[Path] | None, statistic: str | None, kind: str) -> bytes:
    """A figure of one data set and split; the test of differences counts all its rows, shown or not."""
    from iqabench.stats.assessment import assess
    from iqabench.stats.leaderboard import leaderboard

    assessment = assess(results)
    frame = leaderboard(results, shown, assessment)
    if of == SCATTER:
        from iqabench.render.scatter_figure import MOST, draw_scatter

        if len(frame) > MOST:
            note(f"drawn are the first {MOST} of {len(frame)} rows; --methods A,B,C chooses")
        return draw_scatter(assessment, frame, kind)
    if of == REFERENCES:
        from iqabench.render.references_figure import draw_references

        return draw_references(assessment, frame, kind)
    from iqabench.render.figure import draw_leaderboard

    return draw_leaderboard(frame, statistic, kind)


def _chosen_by(sets: Sequence[ResultSet]) -> list[str]:
    """The options that choose each set: the protocol's only where there are several."""
    protocols = len({one.protocol for one in sets}) > 1
    return [
        f"--dataset {one.dataset} --split {one.split}" + (f" --protocol {one.protocol or UNNAMED}" if protocols else "")
        for one in sets
    ]


def _over_sets(stored: StoredChoice, category: str | None) -> tuple[list[ResultSet], list[str]]:
    """The sets to rank over, all that there are unless some are named, and why some are left out."""
    from iqabench.results.store import load_results

    names = words_in(stored.dataset or "") or tuple(dict.fromkeys(one.dataset for one in load_results(stored.results)))
    return load_sets(stored, names, category)
