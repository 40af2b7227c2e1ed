"""The ``iqabench`` command: commands are imported when they are used, errors become one clear message."""

from __future__ import annotations

import copy
import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from iqabench._util import interruption, streams, waiting
from iqabench._util.errors import UserError
from iqabench._util.process import configure_threads
from iqabench._util.text import did_you_mean, printable
from iqabench._util.version import __version__
from iqabench.cli.output import tell

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

COMMANDS = {
    "run": "iqabench.cli.run:run_command",
    "score": "iqabench.cli.score:score_command",
    "table": "iqabench.cli.table:table",
    "reproduce": "iqabench.cli.reproduce:reproduce_command",
    "compare": "iqabench.cli.compare:compare",
    "report": "iqabench.cli.report:report_command",
    "figure": "iqabench.cli.figure:figure_command",
    "explain": "iqabench.cli.explain:explain_command",
    "diff": "iqabench.cli.diff:diff_command",
    "verify": "iqabench.cli.verify:verify_command",
    "submit": "iqabench.cli.submit:submit_command",
    "board": "iqabench.cli.board:board_command",
    "list": "iqabench.cli.list:list_group",
    "judge": "iqabench.cli.judge:judge",
    "recommend": "iqabench.cli.recommend:recommend_command",
    "synthesize": "iqabench.cli.synthesize:synthesize_command",
    "check": "iqabench.cli.check:check_command",
    "data": "iqabench.cli.data:data",
    "weights": "iqabench.cli.weights:weights",
}

ELSEWHERE = {"evaluate": "run", "leaderboard": "table", "train": "run"}
"""The command that does what another word stands for."""


class LazyGroup(click.Group):
    """Imports a command's module only when the command is used or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        return at_work(getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first; Click itself would suggest only commands that are imported already."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            meant = f"; did you mean '{ELSEWHERE[name]}'?" if name in ELSEWHERE else did_you_mean(name, COMMANDS)
            raise click.UsageError(f"No such command '{printable(name)}'{meant}", ctx)
        return super().resolve_command(ctx, args)

    def make_context(self, *words: Any, **options: Any) -> click.Context:
        """Parse the command line; the help of the command is printed here."""
        with _left_to_main():
            return super().make_context(*words, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _left_to_main():
            return super().invoke(ctx)


@contextmanager
def _left_to_main() -> Iterator[None]:
    """Keep from Click what it would end in its own way: an interruption, and a reader that has gone."""
    try:
        yield
    except (KeyboardInterrupt, BrokenPipeError) as error:
        raise Left from error


class Left(Exception):  # noqa: N818  (its cause is the error)
    """Carries what :func:`main` is to end, past Click."""


def at_work(command: click.Command) -> click.Command:
    """The command, or the group of commands, with :func:`_working` around what each does."""
    command = copy.copy(command)
    if isinstance(command, click.Group):
        command.commands = {name: at_work(one) for name, one in command.commands.items()}
    elif command.callback is not None:
        command.callback = _working(command.callback)
    return command


def _working(work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def function(*words: Any, **options: Any) -> Any:
        from iqabench._util.transfer.reach import remembered

        with interruption.work(), streams.separated(), waiting.watched(_at_work()), remembered():
            return work(*words, **options)

    return function


def _at_work() -> str:
    """What is said of a command that has not said anything yet."""
    context = click.get_current_context(silent=True)
    return f"{context.command_path if context else 'iqabench'}: at work"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="iqabench")
@click.option("--debug", is_flag=True, help="Show the traceback of an error; may stand anywhere on the line.")
def cli(debug: bool) -> None:
    """Benchmark image quality metrics for image restoration.

    \b
    iqabench run --methods ckdn,lpips          train and score on the embedded data set, print the leaderboard
    iqabench run --methods all --dataset pipal --root PIPAL
    iqabench score --method lpips RESTORED DEGRADED
    iqabench list methods
    """


def main(command: click.Command = cli) -> None:
    """Run ``command`` and exit: 0, or 2 for bad input or a disk that cannot be written, 130 or 143 when interrupted."""
    interruption.listen()
    streams.prepare()
    configure_threads()
    words = sys.argv[1:]
    debug = "--debug" in words
    try:
        arguments = [word for word in words if word != "--debug"]
        code = command.main(args=arguments, prog_name="iqabench", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # an interruption may reach us as any error that it caused
        code = _ended(error.__cause__ if isinstance(error, Left) and error.__cause__ else error, words, debug)
    interruption.stop_listening()
    sys.exit(code if isinstance(code, int) else 0)


def _ended(error: BaseException, words: list[str], debug: bool) -> int:
    """The exit code after ``error``, told in one message; with ``debug``, or if it is a bug, it is raised again."""
    signal_number = interruption.received()
    if signal_number is None and isinstance(error, BrokenPipeError):
        streams.abandon()
        return 141
    if debug:
        raise error
    if signal_number is not None:
        tell(interruption.message(words))
        return interruption.exit_code(signal_number)
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        from iqabench._util.files import storage_error

        error = storage_error(Path(error.filename or "standard output"), error)
    if isinstance(error, UserError):
        tell(f"{click.style('error:', fg='red', bold=True)} {error}")
        return 2
    raise error
