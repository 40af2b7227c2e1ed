"""``iqabench check``: does a method keep the contract?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.text import clear_message, printable
from iqabench.cli.options import plugin_option, use_weights_folder, weights_option
from iqabench.cli.output import echo

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles


@click.command("check")
@click.argument("methods", nargs=-1)
@plugin_option
@weights_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for each check of a plugin's method, which is made in a process of its own.",
)
def check_command(methods: tuple[str, ...], plugins: PluginFiles, weights: Path | None, timeout: float) -> int:
    """Check that METHODS keep the method contract (default: every method, or all of the plugin files).

    Each failed check says what is wrong and how to mend it. Exit code 2 if any method fails.
    """
    from iqabench.methods.registry import Registry

    registry = Registry(plugins)
    names = methods or (tuple(registry.file_names()) if plugins else tuple(registry.names()))
    entries = list(registry.entries(names))
    use_weights_folder(weights)

    from iqabench.checks.isolated import check_isolated
    from iqabench.checks.run import check_method

    failed = len(registry.problems)
    for entry in entries:
        if entry.info.requires:
            echo(f"skip  {entry.info.name} (it needs --set {entry.info.name}.{entry.info.requires[0]}=...)")
            continue
        results = check_isolated(entry, plugins, timeout) if entry.foreign else check_method(entry)
        bad = [result for result in results if not result.passed]
        failed += bool(bad)
        verdict = click.style("FAIL", fg="red", bold=True) if bad else click.style("pass", fg="green")
        echo(f"{verdict}  {printable(entry.info.name)} ({len(results) - len(bad)} of {len(results)} checks)")
        for result in bad:
            echo(f"      {result.check}: {clear_message(result.message)}")
    for problem in registry.problems.values():
        echo(f"{click.style('FAIL', fg='red', bold=True)}  {clear_message(problem)}")
    return 2 if failed else 0
