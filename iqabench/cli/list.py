"""``iqabench list``: what is there, without importing torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.extras import how_to_get
from iqabench._util.text import clear_message, printable
from iqabench.cli.method_facts import method_facts, method_text, summary_row
from iqabench.cli.options import format_option, plugin_option, words_in
from iqabench.cli.output import echo, print_hanging, tell

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.methods.registry import Registry

LEAST = 18
"""Columns of names, at least."""


@click.group("list")
def list_group() -> None:
    """Show methods, restorers, data sets, references, protocols and splits."""


@list_group.command("methods")
@click.argument("names", nargs=-1)
@plugin_option
@click.option("--details", is_flag=True, help="Import installed plugins, too, to show what they declare.")
@format_option("text", "json")
def list_methods(names: tuple[str, ...], plugins: PluginFiles, details: bool, style: str) -> None:
    """Show every method: built in, installed as a plugin, or in a --plugin file.

    With NAMES, show all that is known of these: parameters with their defaults, weights, reference, citation.
    """
    import json

    from iqabench.methods.registry import Registry

    registry = Registry(plugins)
    if names:
        wanted = [one for name in names for one in words_in(name)]
        facts = [method_facts(name, registry) for name in wanted]
        echo(json.dumps(facts, indent=1) if style == "json" else "\n\n".join(map(method_text, facts)))
        return
    rows: list[dict[str, Any]] = []
    for name in registry.names():
        if details or registry.is_builtin(name) or name not in registry.installed_names():
            rows.extend(summary_row(name, entry, registry.source(name)) for entry in registry.entries([name]))
        else:
            rows.append({"name": name, "source": registry.source(name), "summary": "(plugin; --details imports it)"})
    if style == "json":
        echo(json.dumps(rows, indent=1))
    else:
        _print_methods(rows)
        _print_families(registry)
    _tell_problems(registry.problems)


def _tell_problems(problems: Mapping[str, str]) -> None:
    for name, problem in problems.items():
        tell(f"{click.style('not usable:', fg='yellow')} {name}: {clear_message(problem)}")


def _print_methods(rows: list[dict[str, Any]]) -> None:
    widest = max([LEAST, *(len(printable(row["name"])) for row in rows)])
    print_hanging(f"{'method':{widest}} {'sees':9} {'better':7} {'trained':8}", "summary")
    for row in rows:
        shown = "/".join(row.get("paradigms", []))
        trained = "yes" if row.get("trained") else "-"
        summary = f"same as {row['alias_of']}" if row.get("alias_of") else row["summary"]
        facts = f"{printable(row['name']):{widest}} {shown:9} {row.get('better', ''):7} {trained:8}"
        print_hanging(facts, printable(summary))


def _print_families(registry: Registry) -> None:
    """What each family offers, by the names that are typed."""
    for name in registry.family_names():
        family = registry.family(name)
        needs = f" ({family.needs()})" if family.needs() else ""
        facts = f"{name + ':NAME':{LEAST}}"
        print_hanging(facts, f"as {name} computes it{needs}, with the NAME {', '.join(family.offered())}")


@list_group.command("restorers")
@plugin_option
def list_restorers(plugins: PluginFiles) -> None:
    """Show the restoration algorithms that 'iqabench synthesize' can run."""
    from iqabench.synthesis.registry import RestorerRegistry

    registry = RestorerRegistry(plugins)
    echo(f"{'restorer':18} {'takes':14} {'scales':7} summary")
    for entry in registry.entries():
        info = entry.info
        takes = " ".join(info.takes) or "a result"
        scales = " ".join(map(str, info.scales)) or ("any" if info.enlarges else "-")
        missing = info.missing()
        note = f" [needs {', '.join(missing)}: {how_to_get('synthesis')}]" if missing else ""
        print_hanging(f"{info.name:18} {takes:14} {scales:7}", f"{info.summary}{note}")
    _tell_problems(registry.problems)


@list_group.command("datasets")
@plugin_option
def list_datasets(plugins: PluginFiles) -> None:
    """Show the data sets that can be read: built in, installed as a plugin, or in a --plugin file."""
    from iqabench.data.open import DatasetRegistry

    registry = DatasetRegistry(plugins)
    for name in registry.names():
        for info in (entry.info for entry in registry.entries([name])):
            offered = f" [{registry.source(name)}]" if name in registry.foreign_names() else ""
            print_hanging(f"{name:15}", printable(f"{info.summary}{offered}"))
            if info.root:
                print_hanging(f"{'':15}", printable(f"--root: {info.root}"))
    _tell_problems(registry.problems)


@list_group.command("references")
def list_references() -> None:
    """Show what a run can show a method beside the restored image."""
    from iqabench.data.references import GIVEN, MADE

    echo("given:                      " + ", ".join(GIVEN))
    echo("made from the pristine one: " + ", ".join(MADE) + ", and other strengths")


@list_group.command("protocols")
def list_protocols() -> None:
    """Show the protocols that 'run' and 'score' can score by."""
    from iqabench.data.protocols.load import shipped_protocols

    for name, protocol in shipped_protocols().items():
        print_hanging(f"{name:14}", protocol.summary)
    echo("one of your own: --protocol FILE.toml (docs/protocols.md)")


@list_group.command("splits")
@click.argument("dataset")
def list_splits(dataset: str) -> None:
    """Show the splits that come with DATASET."""
    from iqabench.data.splits import available_splits

    for name in available_splits(dataset):
        echo(name)
