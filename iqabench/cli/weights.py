"""``iqabench weights``: which pretrained weights there are, where they are, and how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.text import clear_message
from iqabench.cli.output import OutputFile, console, echo, tell

if TYPE_CHECKING:
    from iqabench.weights.fetch import Fetched
    from iqabench.weights.table import Weights


@click.group()
def weights() -> None:
    """Pretrained weights: list, fetch, import."""


@weights.command("list")
def list_weights() -> None:
    """Show every known set of weights and where it is now."""
    from rich.table import Table

    from iqabench.weights.resolve import locate
    from iqabench.weights.table import TABLE

    users = _users()
    table = Table("name", "what", "for", "licence", "where")
    for entry in TABLE.values():
        path = locate(entry.name)
        table.add_row(
            entry.name,
            entry.description,
            ", ".join(users.get(entry.name, ())) or "-",
            entry.licence,
            str(path) if path else "not here",
        )
    # Outside a terminal every row stays on one line, so that it can be searched.
    shown = console()
    shown.width = shown.width if shown.is_terminal else 400
    shown.print(table)


@weights.command("fetch")
@click.argument("names", nargs=-1, required=True, metavar="NAME...|all")
def fetch_weights(names: tuple[str, ...]) -> None:
    """Download weights into the local cache and verify them."""
    from iqabench._util.errors import WeightsError
    from iqabench.weights.fetch import SourcesFailedError
    from iqabench.weights.table import TABLE, lookup

    every = [name for name, entry in TABLE.items() if entry.fetched]
    wanted = [lookup(name) for name in (every if names == ("all",) else names)]
    failed: list[str] = []
    for entry in wanted:
        if entry.packaged is not None:
            echo(f"{entry.name}: comes with the installed package {entry.packaged[0]}, nothing to fetch")
            continue
        try:
            fetched = _fetch_showing_progress(entry)
        except SourcesFailedError as error:
            reasons = "".join(f"\n  {reason}" for reason in error.reasons)
            failed.append(f"{entry.name} ({entry.file}) could not be fetched:{reasons}")
            continue
        echo(f"{entry.name}: {fetched.path} ({fetched.variant.name}, checksum {fetched.digest[:16]})")
    if failed:
        raise WeightsError("\n".join(failed))


@weights.command("import")
@click.argument("method")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=OutputFile(), help="Default: the local cache, where the method finds it.")
def import_weights(method: str, file: Path, output: Path | None) -> None:
    """Convert METHOD's checkpoint FILE, as its authors released it, to safetensors.

    Then METHOD scores with it: 'iqabench weights import ckdn-released FILE', then 'iqabench score --method
    ckdn-released ...'. Nothing in FILE is run.
    """
    from iqabench._util.write_through import is_file
    from iqabench.weights.importers import convert_checkpoint, entry_of
    from iqabench.weights.resolve import locate

    target, digest = convert_checkpoint(method, file, output)
    # The file itself may go to standard output.
    (echo if is_file(target) else tell)(f"{target} (checksum {digest[:16]})")
    entry = entry_of(method)
    if output is None and entry is not None:
        first = locate(entry.name)
        if first is not None and first != target:
            tell(f"warning: {first} comes before it; delete that file, or copy the new one over it")


def _fetch_showing_progress(entry: Weights) -> Fetched:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from iqabench.weights.fetch import fetch

    shown = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task(entry.name, total=None)

        def show(received: int, expected: int | None) -> None:
            bar.update(task, completed=received, total=expected)

        return fetch(entry, show)


def _users() -> dict[str, list[str]]:
    """Which registered methods name which weights."""
    from iqabench.methods.registry import Registry

    users: dict[str, list[str]] = {}
    registry = Registry()
    for entry in registry.entries():
        for name in entry.info.weights:
            users.setdefault(name, []).append(entry.info.name)
    for problem in registry.problems.values():
        tell(f"warning: {clear_message(problem)}")
    return users
