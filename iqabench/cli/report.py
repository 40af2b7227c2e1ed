"""``iqabench report``: the results as one HTML page that explains itself."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import ablations_option
from iqabench.cli.output import OutputFile, tell
from iqabench.cli.stored import StoredChoice, load_chosen, stored_options


@click.command("report")
@stored_options
@click.option(
    "--output",
    type=OutputFile(),
    default=Path("report.html"),
    show_default=True,
    help="File to write, - for standard output; several splits or protocols are written beside it, their names added.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Where the data set lies, to show images where methods disagree (not needed for mini).",
)
@ablations_option
def report_command(stored: StoredChoice, output: Path, root: Path | None, with_ablations: bool) -> None:
    """Write an HTML report of all results: one self-contained file for each data set, split and protocol.

    The page needs no network: a leaderboard to sort and filter, intervals, results by category, scores
    against opinions, the influence of the reference, significance, and images where methods disagree.
    """
    from iqabench._util.write_through import STANDARD_OUTPUT
    from iqabench.render.report import write_reports
    from iqabench.stats.ablations import without_ablations

    sets = load_chosen(stored)
    shown = None if with_ablations else without_ablations(sets)
    for path in write_reports(sets, output, root=root, shown=shown):
        if path != STANDARD_OUTPUT:
            tell(f"wrote {path}")
    if len(names := dict.fromkeys(one.dataset for one in sets)) > 1:
        tell(f"one table over these data sets: iqabench table --results {stored.results} --dataset {','.join(names)}")
