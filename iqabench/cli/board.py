"""``iqabench board``: a leaderboard site from many archives."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench._util.errors import UserError
from iqabench.cli.output import tell, tell_outcome, write_files


@click.command("board")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--out",
    "site",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write the site to: index.html, and a copy of each archive.",
)
@click.option("--title", default="Leaderboard", show_default=True, help="Heading of the page.")
def board_command(folder: Path, site: Path, title: str) -> int:
    """Write a static leaderboard site from the archives (*.zip) of 'iqabench submit' in FOLDER and below.

    Rows that differ in data, labels, split or protocol stand in tables of their own. Archives that are not what they
    say are refused, and named on the page. A row is marked as verified if FOLDER holds a record (*.verified.json) of
    'iqabench verify ARCHIVE --record FILE' with the digest of its archive: keep it writable for those only who verify.

    \b
    iqabench verify submissions/mine.zip --record submissions/mine.verified.json
    iqabench board submissions --out site

    Exit code 2 if an archive was refused, or archives that are verified alike hold other scores of one run, which is
    then marked as contested; all else is shown.
    """
    import tempfile

    from iqabench._util.progress import Overview
    from iqabench._util.text import counted
    from iqabench.verify.submissions.board import site_files
    from iqabench.verify.submissions.gather import gather
    from iqabench.verify.submissions.verified import read_records

    archives = sorted(path for path in folder.rglob("*.zip") if site.resolve() not in path.resolve().parents)
    if not archives:
        raise UserError(
            f"{folder}: there is no archive (*.zip) in it; 'iqabench submit RESULTS --out NAME.zip' writes one"
        )
    records = read_records(sorted(folder.rglob("*.verified.json")))
    with tempfile.TemporaryDirectory(prefix="iqabench-") as scratch, Overview() as overview:
        gathered = gather(archives, records, Path(scratch), overview)
        files = site_files(gathered, title)
    for name in files:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
    write_files({site / name: content for name, content in files.items()})
    for note in gathered.notes:
        tell(f"note: {note}")
    rows = sum(len(table.results.runs) for table in gathered.tables)
    shown = counted(len({one.opened.path for table in gathered.tables for one in table.sources.values()}), "archive")
    said = f"{counted(len(gathered.tables), 'table')}, {counted(rows, 'run')} of {shown}"
    problems = [f"{path}: refused: {reason}" for path, reason in gathered.refused]
    for table in gathered.tables:
        problems += [
            f"run {run_id[:8]} is contested: {why}; 'iqabench verify --sample 1000000 --record FILE' of each tells more"
            for run_id, why in table.contested.items()
        ]
    return tell_outcome([said], problems)
