"""``iqabench table``: the leaderboard of what lies in the results folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench.cli.output import write_files

if TYPE_CHECKING:
    from iqabench.results import ResultSet


@click.command("table")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder with results.",
)
@click.option("--dataset", help="Only this data set.")
@click.option("--split", help="Only this split.")
@click.option("--category", help="Only images of this category (PIPAL's GAN-based images: 03).")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "latex", "csv", "json"]),
    default="text",
    show_default=True,
    help="CSV and JSON hold every column in full precision.",
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file; LaTeX gets a .bib beside it."
)
@click.option("--draws", type=click.IntRange(1), default=2000, show_default=True, help="Draws of the bootstrap.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--sort", help="Sort by this column, best first, instead of by rank.")
@click.option("--columns", help="Columns, with commas: method,srcc,pair_accuracy,...")
def table(
    results: Path,
    dataset: str | None,
    split: str | None,
    category: str | None,
    style: str,
    output: Path | None,
    draws: int,
    seed: int,
    sort: str | None,
    columns: str | None,
) -> None:
    """Print a leaderboard of all results, one table for each data set and split.

    Statistics are computed from the stored scores every time. SRCC, PLCC and KRCC are taken within
    each content and averaged; intervals come from resampling contents.
    """
    from iqabench.stats.alignment import restrict
    from iqabench.store import load_results

    sets = load_results(results, dataset, split)
    if category is not None:
        sets = [restrict(one, category) for one in sets]
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns else None
    print_sets(sets, style, draws=draws, seed=seed, names=names, sort=sort, output=output)


def print_sets(
    sets: Sequence[ResultSet],
    style: str,
    *,
    draws: int,
    seed: int,
    names: Sequence[str] | None = None,
    sort: str | None = None,
    output: Path | None = None,
) -> None:
    """Print the leaderboards of ``sets``, or write them to ``output``; ``style`` is one of ``--format``'s.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    import sys

    from rich.console import Console

    from iqabench.leaderboard import leaderboard
    from iqabench.tables import print_table, render
    from iqabench.tables.citations import bibliography, bibliography_name, citations_of
    from iqabench.tables.columns import sort_rows

    frames = [leaderboard(one, draws, seed) for one in sets]
    if sort is not None:
        frames = [sort_rows(frame, sort) for frame in frames]
    if output is not None and style == "latex":
        cited = bibliography(bibliography_name(output), citations_of(sets))
        bib = output.with_name(f"{cited.name}.bib")
        write_files({output: render(frames, style, names, cited), bib: cited.text})
    elif output is not None:
        write_files({output: render(frames, style, names)})
    elif style == "text" and sys.stdout.isatty():
        console = Console()
        for frame in frames:
            print_table(frame, console, names)
    else:
        click.echo(render(frames, style, names), nl=False)
