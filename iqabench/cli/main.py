"""The ``iqabench`` command: commands are imported when they are used, errors become one clear message."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from iqabench import __version__
from iqabench.errors import UserError

COMMANDS = {
    "run": "iqabench.cli.run:run_command",
    "score": "iqabench.cli.score:score_command",
    "table": "iqabench.cli.table:table",
    "reproduce": "iqabench.cli.reproduce:reproduce_command",
    "compare": "iqabench.cli.compare:compare",
    "report": "iqabench.cli.report:report_command",
    "list": "iqabench.cli.list:list_group",
    "check": "iqabench.cli.check:check_command",
    "data": "iqabench.cli.data:data",
    "weights": "iqabench.cli.weights:weights",
}


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
        return getattr(import_module(module), attribute)


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


def main() -> None:
    """Entry point: exit code 0, or 2 for bad input, or 130 when interrupted."""
    # Read when torch loads OpenMP. Its threads wait for each other in a busy loop; beside other work both may sit on
    # one core, where a long loop makes a training step several times slower. A short one costs nothing measurable.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    if debug:
        arguments.remove("--debug")
    try:
        code = cli.main(args=arguments, prog_name="iqabench", standalone_mode=False)
    except UserError as error:
        if debug:
            raise
        click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        if debug:
            raise
        click.echo("\ninterrupted: everything computed so far is on disk; the same command continues there", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
