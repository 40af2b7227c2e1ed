"""``iqabench verify``: audit a folder of results."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench._util.errors import UserError
from iqabench.cli.audited import AuditOptions, audit_options
from iqabench.cli.options import format_option
from iqabench.cli.output import OutputFile, echo, write_file

WRITTEN = (".tex", ".md", ".html", ".csv", ".json", ".txt")
"""Endings of what ``table``, ``report`` and ``reproduce`` write."""


@click.command("verify")
@click.argument("results", type=click.Path(path_type=Path, exists=True))
@audit_options
@click.option(
    "--record",
    type=OutputFile(),
    help="Of an archive in which nothing differs: write a record here, by which 'iqabench board' marks its rows.",
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="RESULTS",
    help="Of an archive: score trained metrics with the models in this folder of results, if they are the same.",
)
@format_option("text", "json")
def verify_command(
    results: Path,
    checked: AuditOptions,
    record: Path | None,
    models: Path | None,
    style: str,
) -> int:
    """Check that RESULTS are what they say: anybody's folder of runs, tables and reports, or archive of a submission.

    \b
    - run ids, folder names, rows and counts agree
    - digests of scores, labels and votes hold
    - data, split, labels, settings, weights, plugins are those that the runs name
    - a random sample of the rows gives the same scores when it is scored again
    - tables and reports that lie beside the runs say what the scores give

    \b
    iqabench verify runs
    iqabench verify theirs --root pipal=PIPAL --plugin mine.py --sample 500
    iqabench verify theirs.zip --sample 50 --record theirs.verified.json

    Each run keeps its own precision. Exit code 0 if all that can be checked here holds, 1 if anything differs,
    2 for bad input.
    """
    from iqabench._util.progress import Overview
    from iqabench.verify import verify
    from iqabench.verify.render import to_json, to_text
    from iqabench.verify.submissions.verified import record_text, verify_archive

    if results.suffix.lower() in WRITTEN and not results.is_dir():
        raise UserError(
            f"{results}: a table or page is verified beside its runs: lay it into their folder, such as runs, and "
            "verify that: iqabench verify runs"
        )
    for option, value in (("--record", record), ("--models", models)):
        if value is not None and results.is_dir():
            raise UserError(
                f"{option} {value}: it is about an archive, and {results} is a folder; 'iqabench submit' makes one"
            )
    request = checked.request(results, models=models)
    with Overview() as overview:
        verified = None if results.is_dir() else verify_archive(results, request, overview)
        audit = verify(request, overview) if verified is None else verified.audit
    echo({"text": to_text, "json": to_json}[style](audit), nl=False)
    if record is not None and verified is not None and not audit.differences:
        write_file(record, record_text(verified, str(request.machine.device)))
    return 1 if audit.differences else 0
