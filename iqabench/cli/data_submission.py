"""``iqabench data submission``: scores in the format that a challenge without released labels takes."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import results_option
from iqabench.cli.output import OutputFile, tell, write_file


@click.command("submission")
@click.argument("method")
@click.option("--dataset", default="pipal-ntire", show_default=True, help="Data set that was scored.")
@results_option
@click.option("--output", "file", type=OutputFile(), default="submission.zip", show_default=True, help="Archive.")
def data_submission(method: str, dataset: str, results: Path, file: Path) -> None:
    """Write the scores of METHOD for an NTIRE challenge, whose labels are kept from everybody.

    \b
    iqabench run --methods lpips --dataset pipal-ntire --root PIPAL-VALIDATION
    iqabench data submission lpips

    The archive holds output.txt, a line 'A0001_00_00.bmp,0.8123' for each image (higher is better; scores of a method
    whose lower scores are better are negated), and readme.txt: look at both before you submit.

    METHOD may be METHOD@REFERENCE or METHOD@REFERENCE@SELECTION, as 'iqabench compare' takes it, and #RUN_ID behind it.
    """
    from iqabench.render.submission import submission
    from iqabench.results.store import load_results
    from iqabench.stats.assessment import assess
    from iqabench.stats.comparison import find_row

    assessed = [assess(one) for one in load_results(results, dataset, None)]
    row = find_row([row for one in assessed for row in one.groups], method)[0]
    (chosen,) = [one.results for one in assessed if any(group is row for group in one.groups)]
    run = row.group.first
    write_file(file, submission(chosen, run))
    if run.sign < 0:
        tell(f"note: lower scores of {run.method} mean better images: they are negated")
