"""``iqabench submit``: results as one archive for a leaderboard."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench._util.errors import UserError
from iqabench.cli.audited import AuditOptions, audit_options
from iqabench.cli.options import MethodsOption, words_in
from iqabench.cli.output import OutputFile, echo, note, tell, write_file


@click.command("submit")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--out", "archive", required=True, type=OutputFile(), help="The archive to write, NAME.zip.")
@click.option("--methods", "--method", cls=MethodsOption, default="", help="Only these, with commas. Default: all.")
@click.option("--with-models", is_flag=True, help="Put trained models in; without it, their digests alone.")
@audit_options
def submit_command(
    results: tuple[Path, ...],
    archive: Path,
    methods: str,
    with_models: bool,
    checked: AuditOptions,
) -> int:
    """Write RESULTS as one archive that others can verify and a leaderboard can show.

    It holds scores, labels, cards, signatures and digests of the runs that tables show, and the digests of trained
    models: no images, no models unless asked, no paths or names of this machine. The same results give the same bytes.
    First, these runs, and tables in RESULTS that show one of them, are verified as 'iqabench verify' does; runs that
    are not finished, or not what they say, are refused.

    \b
    iqabench submit runs --out mine.zip
    iqabench submit runs --methods mine --plugin mine.py --out mine.zip
    iqabench verify mine.zip

    Exit code 0 if it is written, 1 if anything differs, 2 for bad input.
    """
    from iqabench._util.hashing import file_digest
    from iqabench._util.progress import Overview
    from iqabench._util.text import counted
    from iqabench.verify import verify
    from iqabench.verify.render import to_text
    from iqabench.verify.submissions.contents import (
        chosen_runs,
        merged,
        model_records,
        pack,
        signatures_by_folder,
        submission_files,
    )
    from iqabench.verify.submissions.models import model_files, packed_models

    parts: list[tuple[Path, dict[str, bytes]]] = []
    signed: dict[str, str] = {}
    models: dict[str, Path] = {}
    for folder in results:
        chosen = chosen_runs(folder, checked.dataset, words_in(methods))
        request = checked.request(folder, runs={run.path for _, run in chosen if run.path is not None})
        with Overview() as overview:
            audit = verify(request, overview)
        if audit.differences:
            echo(to_text(audit), nl=False)
            tell(f"{click.style('error:', fg='red', bold=True)} {folder} is not what it says: nothing was written")
            return 1
        found, missing = model_files(folder, chosen)
        _tell_of_missing(folder, missing, with_models)
        models |= found
        held = model_records(packed_models(found)) if with_models else {}
        parts.append((folder, {**submission_files(folder, chosen), **held}))
        signed |= signatures_by_folder(folder, chosen)
    content = pack(merged(parts), signed, {name: file_digest(file) for name, file in models.items()})
    write_file(archive, content)
    tell(
        f"{counted(len(signed), 'run')}, {len(content):,} bytes; 'iqabench verify' checks it, 'iqabench board' shows it"
    )
    return 0


def _tell_of_missing(folder: Path, missing: list[str], with_models: bool) -> None:
    """Models that are not there are an error only where they are asked for."""
    if not missing:
        return
    if with_models:
        raise UserError(f"--with-models: {folder} lacks {', '.join(missing)}; train again with 'iqabench run'")
    note(f"{folder} lacks {', '.join(missing)}: the archive cannot say which model it was, and nobody can score again")
