"""What a command writes to files instead of the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from iqabench.files import write_atomically


def write_files(files: Mapping[Path, str | bytes]) -> None:
    """Write each file, its folder too, and say so; a text without content is not written."""
    for path, content in files.items():
        if content:
            write_atomically(path, content)
            click.echo(f"wrote {path}", err=True)
