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
    from iqabench.checks.run import CheckResult


@click.command("check")
@click.argument("methods", nargs=-1)
@click.option(
    "--reader",
    "readers",
    multiple=True,
    metavar="NAME[:ROOT]",
    help="Check that the reader of data set NAME keeps its contract, on the folder ROOT; may be given several times.",
)
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
def check_command(
    methods: tuple[str, ...], readers: tuple[str, ...], plugins: PluginFiles, weights: Path | None, timeout: float
) -> int:
    """Check that METHODS keep the method contract (default: every method, or all of the plugin files).

    Each failed check says what is wrong and how to mend it. With --reader, readers of data sets are checked, and
    methods only if they are named. Exit code 2 if any fails.
    """
    failed = _check_readers(readers, plugins)
    if methods or not readers:
        failed += _check_methods(methods, plugins, weights, timeout)
    return 2 if failed else 0


def _check_methods(names: tuple[str, ...], plugins: PluginFiles, weights: Path | None, timeout: float) -> int:
    """How many methods failed."""
    from iqabench.methods.registry import Registry

    registry = Registry(plugins)
    names = names or (tuple(registry.file_names()) if plugins else tuple(registry.names()))
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
        failed += _tell(entry.info.name, results)
    for problem in registry.problems.values():
        echo(f"{click.style('FAIL', fg='red', bold=True)}  {clear_message(problem)}")
    return failed


def _check_readers(readers: tuple[str, ...], plugins: PluginFiles) -> int:
    """How many readers failed; those of plugin files that were not asked for are named."""
    if not readers and not plugins:
        return 0
    from iqabench.data.open import DatasetRegistry

    registry = DatasetRegistry(plugins)
    if not readers:
        for name in registry.file_names():
            echo(
                printable(f"skip  {name} (a data set: --reader {name}:FOLDER checks its reader on the data in FOLDER)")
            )
        return 0
    from iqabench.checks.readers import check_reader

    failed = 0
    for given in readers:
        name, _, root = given.partition(":")
        failed += _tell(name, check_reader(registry, name, Path(root) if root else None))
    return failed


def _tell(name: str, results: list[CheckResult]) -> bool:
    """Show what came of the checks of one thing; True if any failed."""
    bad = [result for result in results if not result.passed]
    verdict = click.style("FAIL", fg="red", bold=True) if bad else click.style("pass", fg="green")
    echo(f"{verdict}  {printable(name)} ({len(results) - len(bad)} of {len(results)} checks)")
    for result in bad:
        echo(f"      {result.check}: {clear_message(result.message)}")
    return bool(bad)
