"""``iqabench report``: the results as one HTML page that explains itself."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import ablations_option, stored_options
from iqabench.cli.output import OutputFile, tell


@click.command("report")
@stored_options
@click.option(
    "--output",
    type=OutputFile(),
    default=Path("report.html"),
    show_default=True,
    help="File to write, - for standard output; several splits are written beside it, their names added.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Where the data set lies, to show images where methods disagree (not needed for mini).",
)
@ablations_option
def report_command(
    results: Path,
    dataset: str | None,
    splits: str,
    seeds: str,
    output: Path,
    root: Path | None,
    with_ablations: bool,
) -> None:
    """Write an HTML report of all results: one self-contained file for each data set and split.

    The page needs no network: a leaderboard to sort and filter, intervals, results by category, scores
    against opinions, the influence of the reference, significance, and images where methods disagree.
    """
    from iqabench._util.write_through import STANDARD_OUTPUT
    from iqabench.cli.stored import load_chosen
    from iqabench.render.report import write_reports
    from iqabench.stats.ablations import without_ablations

    sets = load_chosen(results, dataset, splits, seeds)
    shown = None if with_ablations else without_ablations(sets)
    for path in write_reports(sets, output, root=root, shown=shown):
        if path != STANDARD_OUTPUT:
            tell(f"wrote {path}")
    if len(names := dict.fromkeys(one.dataset for one in sets)) > 1:
        tell(f"one table over these data sets: iqabench table --results {results} --dataset {','.join(names)}")
