"""``iqabench report``: the results as one HTML page that explains itself."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import results_option


@click.command("report")
@results_option
@click.option("--dataset", help="Only this data set.")
@click.option("--split", help="Only this split.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="File to write; several splits are written beside it, their names added.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Where the data set lies, to show images where methods disagree (not needed for mini).",
)
@click.option("--draws", type=click.IntRange(100), default=2000, show_default=True, help="Draws of the bootstrap.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
def report_command(
    results: Path, dataset: str | None, split: str | None, output: Path, root: Path | None, draws: int, seed: int
) -> None:
    """Write an HTML report of all results: one self-contained file for each data set and split.

    The page needs no network: a leaderboard to sort and filter, intervals, results by category, scores
    against opinions, the influence of the reference, significance, and images where methods disagree.
    """
    from iqabench.report import write_reports
    from iqabench.store import load_results

    for path in write_reports(load_results(results, dataset, split), output, root=root, draws=draws, seed=seed):
        click.echo(f"wrote {path}")
