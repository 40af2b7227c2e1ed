"""What a command prints and writes: its result to standard output, messages to standard error, files by name."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util import streams
from iqabench._util.text import clear_message, counted
from iqabench._util.write_through import STANDARD_OUTPUT, write_through

if TYPE_CHECKING:
    from rich.console import Console


class OutputFile(click.Path):
    """Type of an option that names a file to write; ``-`` is standard output."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; ``-`` becomes :data:`STANDARD_OUTPUT`, and ``./-`` is a file of that name."""
        return STANDARD_OUTPUT if value == "-" else super().convert(value, param, ctx)


def echo(text: str = "", nl: bool = True) -> None:
    """Print a part of the result. Commands print by this alone: ``print`` and ``click.echo`` reach standard error."""
    click.echo(text, file=streams.result(), nl=nl)


def tell(text: str = "") -> None:
    """Print a message to standard error."""
    click.echo(text, file=sys.stderr)


def console(**options: Any) -> Console:
    """A rich console that prints to the same place as :func:`echo`."""
    from rich.console import Console

    class Result(Console):
        """Leaves a reader that has gone to the command, which ends quietly."""

        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that is being handled

    return Result(file=streams.result(), **options)


def tell_outcome(lines: Iterable[str], problems: Collection[str]) -> int:
    """Print a summary, and each problem in red; return the exit code: 2 if there is any problem."""
    from iqabench._util.progress import messages

    for line in lines:
        messages.print(clear_message(line), markup=False)
    for problem in problems:
        tell(f"{click.style('error:', fg='red', bold=True)} {clear_message(problem)}")
    return 2 if problems else 0


def note(text: str) -> None:
    """Print a note for the user to standard error, between bars of progress."""
    from iqabench._util.progress import messages

    messages.print(f"note: {clear_message(text)}", markup=False)


def write_file(path: Path, content: str | bytes, *, quiet: bool = False) -> None:
    """Write to what the user named, and say so unless ``quiet``."""
    write_through(path, content)
    if path != STANDARD_OUTPUT and not quiet:
        tell(f"wrote {path}")


def write_files(files: Mapping[Path, str | bytes]) -> None:
    """Write each file, its folder too, and say so; a text without content is not written."""
    for path, content in files.items():
        if content:
            write_file(path, content)


def say_old(results: Path, dataset: str | None, splits: Sequence[str]) -> None:
    """Say on standard error how many runs are left out because an earlier version of iqabench computed them."""
    from iqabench.results.store import RUN_AGAIN, old_runs

    chosen: Sequence[str | None] = splits or [None]
    if old := [run for name in chosen for run in old_runs(results, dataset, name)]:
        tell(f"note: {counted(len(old), 'run')} of an earlier version of iqabench left out; {RUN_AGAIN}")
