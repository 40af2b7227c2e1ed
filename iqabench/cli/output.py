"""What several commands write: files instead of the terminal, and how many runs they left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from iqabench.files import write_atomically


def write_files(files: Mapping[Path, str | bytes]) -> None:
    """Write each file, its folder too, and say so; a text without content is not written."""
    for path, content in files.items():
        if content:
            write_atomically(path, content)
            click.echo(f"wrote {path}", err=True)


def say_old(results: Path, dataset: str | None, splits: Sequence[str]) -> None:
    """Say on standard error how many runs are left out because an earlier version of iqabench computed them."""
    from iqabench.store import RUN_AGAIN, old_runs

    chosen: Sequence[str | None] = splits or [None]
    if old := [run for name in chosen for run in old_runs(results, dataset, name)]:
        runs = "1 run" if len(old) == 1 else f"{len(old)} runs"
        click.echo(f"note: {runs} of an earlier version of iqabench left out; {RUN_AGAIN}", err=True)
