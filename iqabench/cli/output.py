"""What a command prints and writes: its result to standard output, messages to standard error, files by name."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util import streams, waiting
from iqabench._util.text import clear_message, counted
from iqabench._util.write_through import STANDARD_OUTPUT, write_through

if TYPE_CHECKING:
    from rich.console import Console


MIN_BESIDE = 24
"""With fewer columns left beside some facts, the text about them goes below."""


class OutputFile(click.Path):
    """Type of an option that names a file to write; ``-`` is standard output."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; ``-`` becomes :data:`STANDARD_OUTPUT`, and ``./-`` is a file of that name."""
        return STANDARD_OUTPUT if value == "-" else super().convert(value, param, ctx)


def echo(text: str = "", nl: bool = True) -> None:
    """Print a part of the result. Commands print by this alone: ``print`` and ``click.echo`` reach standard error."""
    waiting.spoken()
    click.echo(text, file=streams.result(), nl=nl, color=_colour())


def print_hanging(facts: str, text: str) -> None:
    """``text`` beside ``facts``; a terminal too narrow for it has it below, and no word is broken or cut."""
    if not streams.result().isatty() or len(facts) + len(text) < width():
        echo(f"{facts} {text}".rstrip())
        return
    beside = len(facts) + MIN_BESIDE <= width()
    indent = " " * (len(facts) + 1 if beside else 4)
    if not beside:
        echo(facts.rstrip() if len(facts.rstrip()) <= width() else " ".join(facts.split()))
    begin = f"{facts} " if beside else indent
    wrapped = textwrap.wrap(
        text, width(), initial_indent=begin, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    echo("\n".join(wrapped))


def tell(text: str = "") -> None:
    """Print a message to standard error."""
    waiting.spoken()
    click.echo(text, file=sys.stderr, color=_colour())


def remark(text: str, kind: str = "note", colour: str | None = None) -> None:
    """Tell ``kind: text`` on standard error."""
    said = _between_words(f"{kind}: {clear_message(text)}")
    tell(click.style(f"{kind}:", fg=colour, bold=True) + said.removeprefix(f"{kind}:"))


def _between_words(text: str) -> str:
    """A message in lines of a terminal, none broken within a word; as it stands where there is none."""
    if not sys.stderr.isatty():
        return text
    lines = (textwrap.fill(one, width(), break_long_words=False, break_on_hyphens=False) for one in text.split("\n"))
    return "\n".join(lines)


def _colour() -> bool | None:
    """False where colour is not wanted or not understood; None leaves it to Click, which colours terminals."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown") else None


def width() -> int:
    """Columns of the terminal: ``COLUMNS``, else what it says, else 80; Rich takes every dumb terminal for 80 wide."""
    return shutil.get_terminal_size().columns


def console(**options: Any) -> Console:
    """A rich console that prints to the same place as :func:`echo`."""
    from rich.console import Console

    class Result(Console):
        """Wipes the line of a silence; leaves a reader that has gone to the command, which ends quietly."""

        def print(self, *objects: Any, **how: Any) -> None:
            waiting.spoken()
            super().print(*objects, **how)

        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that is being handled

    waiting.spoken()
    result = Result(file=streams.result(), **options)
    if result.is_dumb_terminal:
        result.width = width()
    return result


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

    messages.print(_between_words(f"note: {clear_message(text)}"), markup=False)


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
