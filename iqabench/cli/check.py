"""``iqabench check``: does a method keep the contract and know bad from worse?"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from iqabench._util.errors import UserError
from iqabench._util.text import clear_message, counted, printable
from iqabench.cli.control import ControlOptions, check_control, control_options
from iqabench.cli.machine import machine_options
from iqabench.cli.options import plugin_option, use_weights_folder, weights_option
from iqabench.cli.output import echo
from iqabench.cli.sanity import (
    LadderOptions,
    ScoringOptions,
    Surroundings,
    check_ladder,
    ladder_options,
    scoring_options,
)
from iqabench.runs.choices import MachineChoice

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
@ladder_options
@control_options
@scoring_options
@machine_options
@plugin_option
@weights_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for each check, or batch, of a plugin's method, which runs in a process of its own.",
)
def check_command(
    methods: tuple[str, ...],
    readers: tuple[str, ...],
    rungs: LadderOptions,
    labelled: ControlOptions,
    chosen: ScoringOptions,
    machine: MachineChoice,
    plugins: PluginFiles,
    weights: Path | None,
    timeout: float,
) -> int:
    """Check that METHODS keep the method contract (default: every method, or all of the plugin files).

    \b
    iqabench check --plugin mine.py             the contract
    iqabench check --ladder ckdn,lpips --html ladder.html

    Each failed check says what is wrong and how to mend it. With --reader, readers of data sets are checked, and
    methods only if they are named. Exit code 2 if any fails.

    --ladder checks instead that methods know bad from worse: nine kinds of fault, each at four strengths, are put on
    restorations of photographs, and a stronger fault must not score better. It needs no labels. A method that
    compares is shown the degraded image. A low share is a finding, not an error: exit code 2 only if a score is
    missing.

    --control asks, on a labelled data set, whether a method that compares uses its reference: its agreement with the
    labels beside the right degraded image, beside that of another content, and beside the restored image itself.
    """
    _refuse_what_has_no_effect(bool(rungs.ladder), bool(labelled.control))
    around = Surroundings(plugins, weights, machine, timeout)
    if sum(map(bool, (rungs.ladder, labelled.control, readers))) > 1:
        raise UserError("--ladder, --control and --reader are three tests: give one of them")
    if rungs.ladder:
        if methods:
            raise UserError(f"{methods[0]}: name methods after --ladder, with commas, or leave the option out")
        return check_ladder(rungs, chosen, around)
    if labelled.control:
        if methods:
            raise UserError(f"{methods[0]}: name methods after --control, with commas, or leave the option out")
        return check_control(labelled, chosen, around)
    failed = _check_readers(readers, plugins)
    if methods or not readers:
        failed += _check_methods(methods, plugins, weights, timeout)
    return 2 if failed else 0


def _refuse_what_has_no_effect(ladder: bool, control: bool) -> None:
    """Raise UserError for an option of a test that was not asked for."""
    context = click.get_current_context()
    shared = [one.name for kind in (ScoringOptions, MachineChoice) for one in fields(kind)]
    for asked, kinds, names in (
        (ladder, "--ladder", [one.name for one in fields(LadderOptions)]),
        (control, "--control", [one.name for one in fields(ControlOptions)]),
        (ladder or control, "--ladder and --control", shared),
    ):
        for one in context.command.params:
            given = context.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
            if not asked and given and one.name in names and one.name not in ("ladder", "control"):
                raise UserError(f"{one.opts[0]} is for {kinds}; give the one you mean, or leave the option out")


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
    echo(f"{verdict}  {printable(name)} ({len(results) - len(bad)} of {counted(len(results), 'check')})")
    for result in bad:
        echo(f"      {result.check}: {clear_message(result.message)}")
    return bool(bad)
