"""``iqabench verify``: audit a folder of results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import named_paths, outside_option, plugin_option, use_weights_folder, weights_option
from iqabench.cli.output import OutputFile, echo, write_file
from iqabench.runs.choices import MachineChoice

WRITTEN = (".tex", ".md", ".html", ".csv", ".json", ".txt")
"""Endings of what ``table``, ``report`` and ``reproduce`` write."""


@dataclass(frozen=True)
class AuditOptions:
    """What is checked, and where the data of it lie."""

    sample: int
    seed: int
    dataset: str | None
    roots: tuple[str, ...]
    splits: tuple[str, ...]


audit_options = grouped(
    "checked",
    AuditOptions,
    click.option(
        "--sample",
        type=click.IntRange(0),
        default=50,
        show_default=True,
        help="Rows to score again, at least one of each run; 0 for none.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed that draws the sample."),
    click.option("--dataset", help="Only runs on this data set."),
    click.option(
        "--root", "roots", multiple=True, metavar="NAME=PATH", help="Where a data set lies on disk; may be repeated."
    ),
    click.option(
        "--split",
        "splits",
        multiple=True,
        metavar="NAME=FOLDER",
        help="Where a split of your own lies; may be repeated.",
    ),
)
"""What is checked, as ``checked``."""


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
@outside_option
@weights_option
@plugin_option
@machine_options
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify_command(
    results: Path,
    checked: AuditOptions,
    record: Path | None,
    models: Path | None,
    allow_outside_root: bool,
    weights: Path | None,
    plugins: tuple[Path, ...],
    machine: MachineChoice,
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
    from iqabench.methods.registry import Registry
    from iqabench.verify import AuditRequest, verify
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
    use_weights_folder(weights)
    request = AuditRequest(
        results=results,
        machine=machine.here(),
        registry=Registry(plugins),
        sample=checked.sample,
        seed=checked.seed,
        dataset=checked.dataset,
        roots=named_paths("--root", checked.roots),
        splits=named_paths("--split", checked.splits),
        allow_outside_root=allow_outside_root,
        models=models,
    )
    with Overview() as overview:
        verified = None if results.is_dir() else verify_archive(results, request, overview)
        audit = verify(request, overview) if verified is None else verified.audit
    echo({"text": to_text, "json": to_json}[style](audit), nl=False)
    if record is not None and verified is not None and not audit.differences:
        write_file(record, record_text(verified, str(request.machine.device)))
    return 1 if audit.differences else 0
