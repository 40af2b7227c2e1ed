"""``iqabench table``: the leaderboard of what lies in the results folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util import streams, waiting
from iqabench._util.errors import UserError
from iqabench.cli.options import columns_option, contaminated_option, stored_options, words_in
from iqabench.cli.output import OutputFile, console, echo, tell_outcome, write_file, write_files

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet


@click.command("table")
@stored_options
@click.option("--category", help="Only images of this category, such as GAN-based (of PIPAL).")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "latex", "csv", "json"]),
    default="text",
    show_default=True,
    help="CSV and JSON hold every column in full precision.",
)
@click.option(
    "--output", type=OutputFile(), help="Write to this file, - for standard output; LaTeX gets a .bib beside it."
)
@click.option("--sort", help="Sort by this column, best first, instead of by rank.")
@columns_option
@contaminated_option
def table(
    results: Path,
    dataset: str | None,
    splits: str,
    seeds: str,
    category: str | None,
    style: str,
    output: Path | None,
    sort: str | None,
    columns: str,
    with_contaminated: bool,
) -> int:
    """Print a leaderboard of all results: one table for each data set and split, one over several splits.

    --dataset A,B,C makes one table over these data sets, with average ranks.

    Statistics are computed from the stored scores every time. SRCC, PLCC and KRCC are taken within
    each content and averaged; intervals and differences rest on the spread over contents. Several seeds
    of training are one row: mean ± standard deviation, and how many.
    """
    from iqabench.cli.stored import load_chosen, load_sets

    if len(datasets := words_in(dataset or "")) > 1:
        if sort or columns:
            raise UserError("--sort and --columns are about one data set; leave them out for several")
        chosen, problems = load_sets(results, datasets, splits, seeds, category)
        print_many_sets(chosen, style, with_contaminated, output)
        return tell_outcome([], problems)
    sets = load_chosen(results, dataset, splits, seeds, category)
    print_sets(sets, style, names=words_in(columns), sort=sort, output=output)
    return 0


def print_sets(
    sets: Sequence[ResultSet],
    style: str,
    *,
    shown: Collection[Path] | None = None,
    names: Sequence[str] | None = None,
    sort: str | None = None,
    output: Path | None = None,
) -> None:
    """Print the leaderboards of ``sets``, or write them to ``output``; ``style`` is one of ``--format``'s.

    Parameters
    ----------
    shown:
        Folders of runs: only rows that hold one of them are shown. Default: all rows.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    from iqabench._util.write_through import is_file
    from iqabench.render.citations import bibliography, bibliography_name, citations_of
    from iqabench.render.columns import sort_rows
    from iqabench.render.leaderboards import print_table, render
    from iqabench.stats.leaderboard import leaderboards

    with waiting.at("computing statistics"):
        frames = leaderboards(sets, shown)
    if sort is not None:
        frames = [sort_rows(frame, sort) for frame in frames]
    if output is not None and style == "latex" and is_file(output):
        cited = bibliography(bibliography_name(output), citations_of(sets))
        bib = output.with_name(f"{cited.name}.bib")
        write_files({output: render(frames, style, names, cited), bib: cited.text})
    elif output is not None:
        write_file(output, render(frames, style, names))
    elif style == "text" and streams.result().isatty():
        terminal = console()
        for frame in frames:
            print_table(frame, terminal, names)
    else:
        echo(render(frames, style, names), nl=False)


def print_many_sets(
    sets: Sequence[ResultSet], style: str, with_contaminated: bool = False, output: Path | None = None
) -> None:
    """Print the table over several data sets, or write it to ``output``; ``style`` is one of ``--format``'s."""
    from iqabench._util.write_through import is_file
    from iqabench.render.citations import bibliography, bibliography_name, citations_of
    from iqabench.render.many_sets import print_many, render_many
    from iqabench.stats.many_sets import many_sets

    many = many_sets(sets, with_contaminated)
    if output is not None and style == "latex" and is_file(output):
        cited = bibliography(bibliography_name(output), citations_of(sets))
        bib = output.with_name(f"{cited.name}.bib")
        write_files({output: render_many(many, style, cited), bib: cited.text})
    elif output is not None:
        write_file(output, render_many(many, style))
    elif style == "text" and streams.result().isatty():
        print_many(many, console())
    else:
        echo(render_many(many, style), nl=False)
