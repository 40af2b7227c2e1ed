"""``iqabench table``: the leaderboard of what lies in the results folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util import streams, waiting
from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.options import (
    TABLE_FORMATS,
    MethodsOption,
    ablations_option,
    columns_option,
    contaminated_option,
    format_option,
    references_option,
    words_in,
)
from iqabench.cli.output import OutputFile, console, echo, note, tell_outcome, write_file, write_files
from iqabench.cli.rows import names_references, only_rows, rows_of_references, rows_shown
from iqabench.cli.stored import StoredChoice, category_option, load_chosen, load_sets, stored_options

if TYPE_CHECKING:
    import pandas as pd

    from iqabench.render.paper import Preset
    from iqabench.results.model import ResultSet


OTHER_ENDINGS = (".md", ".csv", ".json", ".html", ".txt", ".bib", ".pdf")
"""Endings of files that are no LaTeX."""


@dataclass(frozen=True)
class RowsShown:
    """Which rows and columns are shown, and in which order."""

    methods: str
    references: str
    sort: str | None
    columns: str
    with_contaminated: bool
    with_ablations: bool


@dataclass(frozen=True)
class Form:
    """How a table is written, and where to."""

    style: str
    paper: str | None
    digits: int | None
    output: Path | None

    def preset(self, columns: str) -> Preset | None:
        """What ``--paper`` asks for; None without it. Raises UserError for options that contradict each other."""
        if self.paper is None:
            if self.digits is not None:
                raise UserError("--digits: for the table of a paper; say --paper, too (CSV and JSON have all digits)")
            return None
        if self.style not in ("text", "latex"):
            raise UserError(f"--paper makes LaTeX, not {self.style}: leave out --format")
        if self.output is not None and self.output.suffix.lower() in OTHER_ENDINGS:
            raise UserError(f"--paper makes LaTeX: end the name of --output {self.output} with .tex")
        from iqabench.render.paper import DIGITS, Preset

        return Preset(self.paper, self.digits if self.digits is not None else DIGITS, words_in(columns))


@click.command("table")
@stored_options
@category_option
@grouped(
    "form",
    Form,
    format_option(*TABLE_FORMATS, help="CSV and JSON hold every column in full precision."),
    click.option(
        "--paper",
        type=click.Choice(["one-column", "two-column"]),
        is_flag=False,
        flag_value="one-column",
        help="LaTeX for a paper: the columns that have room in one column of a page (--paper alone) or across two.",
    ),
    click.option(
        "--digits", type=click.IntRange(1, 6), help="Digits after the point of figures, with --paper; default: 3."
    ),
    click.option(
        "--output", type=OutputFile(), help="Write to this file, - for standard output; LaTeX gets a .bib beside it."
    ),
)
@grouped(
    "shown",
    RowsShown,
    click.option(
        "--methods",
        "--method",
        cls=MethodsOption,
        default="",
        help="Only these, with commas: METHOD or METHOD@REFERENCE; default: all.",
    ),
    references_option,
    click.option("--sort", help="Sort by this column, best first, instead of by rank."),
    columns_option,
    contaminated_option,
    ablations_option,
)
def table(stored: StoredChoice, category: str | None, form: Form, shown: RowsShown) -> int:
    """Print a leaderboard of all results: one table for each data set, split and protocol, one over several splits.

    --dataset A,B,C makes one table over these data sets, with average ranks. --paper makes one for a paper: methods
    grouped by what they see and cited, a caption of two lines, a label.

    Statistics are computed from the stored scores every time. SRCC, PLCC and KRCC are taken within
    each content and averaged; intervals and differences rest on the spread over contents. Several seeds
    of training are one row: mean ± standard deviation, and how many.
    """
    preset = form.preset(shown.columns)
    if len(datasets := words_in(stored.dataset or "")) > 1:
        if shown.sort or shown.columns or preset:
            raise UserError("--sort, --columns and --paper are about one data set; leave them out for several")
        chosen, problems = load_sets(stored, datasets, category)
        folders = rows_shown(chosen, shown.methods, shown.with_ablations)
        chosen, folders = rows_of_references(chosen, folders, shown.references, own=False)
        kept = only_rows(chosen, folders, said=not shown.methods)
        print_many_sets([one for one in kept if one.runs], form.style, shown.with_contaminated, form.output)
        return tell_outcome([], problems)
    sets = load_chosen(stored, category)
    folders = rows_shown(sets, shown.methods, shown.with_ablations)
    of_references, folders = rows_of_references(
        sets, folders, shown.references, own=preset is not None and not names_references(shown.methods)
    )
    frames = [frame for frame in _leaderboards(sets, folders) if len(frame)]
    if folders is not None and not shown.methods:
        frames = _with_counts(frames, of_references)
    if shown.sort is not None:
        from iqabench.render.columns import sort_rows

        frames = [sort_rows(frame, shown.sort) for frame in frames]
    _print_frames(frames, sets, form.style, words_in(shown.columns), form.output, preset)
    return 0


def print_sets(
    sets: Sequence[ResultSet], style: str, *, shown: Collection[Path] | None = None, names: Sequence[str] | None = None
) -> None:
    """Print the leaderboards of ``sets``; ``style`` is one of ``--format``'s.

    Parameters
    ----------
    shown:
        Folders of runs: only rows that hold one of them are shown. Default: all rows.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    _print_frames(_leaderboards(sets, shown), sets, style, names, None, None)


def _leaderboards(sets: Sequence[ResultSet], shown: Collection[Path] | None) -> list[pd.DataFrame]:
    from iqabench.stats.leaderboard import leaderboards

    with waiting.at("computing statistics"):
        return leaderboards(sets, shown)


def _with_counts(frames: Sequence[pd.DataFrame], sets: Sequence[ResultSet]) -> list[pd.DataFrame]:
    """Leaderboards that say how many rows of their split are left out; that over the splits says nothing."""
    from iqabench.stats.ablations import count_hidden

    names = ("dataset", "split", "fingerprint", "protocol", "protocol_rules")
    of = {tuple(getattr(one, name) for name in names): one for one in sets}
    counted = []
    for frame in frames:
        whole = of.get(tuple(frame.iloc[0][list(names)]))
        counted.append(frame if whole is None else count_hidden(frame, whole))
    return counted


def _print_frames(
    frames: Sequence[pd.DataFrame],
    sets: Sequence[ResultSet],
    style: str,
    names: Sequence[str] | None,
    output: Path | None,
    preset: Preset | None,
) -> None:
    from iqabench._util.write_through import is_file
    from iqabench.render.citations import Bibliography, bibliography, bibliography_name, citations_of
    from iqabench.render.leaderboards import print_table, render
    from iqabench.render.paper import render_paper

    def written(cited: Bibliography | None = None) -> str:
        return render_paper(frames, preset, cited) if preset else render(frames, style, names, cited)

    if output is not None and (style == "latex" or preset) and is_file(output):
        cited = bibliography(bibliography_name(output), citations_of(sets))
        write_files({output: written(cited), output.with_name(f"{cited.name}.bib"): cited.text})
    elif output is not None:
        write_file(output, written())
    elif style == "text" and not preset and streams.result().isatty():
        terminal = console()
        for frame in frames:
            print_table(frame, terminal, names)
    else:
        echo(written(), nl=False)
        if preset:
            note("nothing is cited: --output FILE.tex writes the table with its citations, and a .bib beside it")


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
