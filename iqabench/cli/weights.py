"""``iqabench weights``: which pretrained weights there are, where they are, and how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.text import clear_message
from iqabench.cli.options import words_in
from iqabench.cli.output import OutputFile, echo, print_hanging, tell

if TYPE_CHECKING:
    from iqabench._util.transfer.places import Place
    from iqabench.methods.contract import MethodEntry
    from iqabench.weights.fetch import Fetched
    from iqabench.weights.table import Weights


@click.group()
def weights() -> None:
    """Pretrained weights: list, fetch, import."""


@weights.command("list")
def list_weights() -> None:
    """Show every known set of weights: its file and address, and where it is now.

    Put a file that was got by hand into the folder of --weights or IQABENCH_WEIGHTS, under the name of the file or
    that of its address; 'iqabench weights import' converts a checkpoint of a method's authors.
    """
    from iqabench._util import streams
    from iqabench.weights.resolve import locate
    from iqabench.weights.table import TABLE

    users = _users()
    echo(_looked_for())
    for entry in TABLE.values():
        path = locate(entry.name)
        facts = {
            "what": entry.description,
            "for": ", ".join(users.get(entry.name, ())) or "-",
            "licence": entry.licence,
            "file": entry.file,
            "address": ", ".join(addresses_of(entry)),
            "where": str(path) if path else "not here",
        }
        if not streams.result().isatty():  # one line, so that it can be searched
            echo("  ".join([entry.name, *(f"{key}: {said}" for key, said in facts.items())]))
            continue
        echo(f"\n{click.style(entry.name, bold=True)}")
        for key, said in facts.items():
            print_hanging(f"  {key:<8}", said)


def _looked_for() -> str:
    """The folders that a file of weights is looked for in, the first first."""
    from iqabench.weights.fetch import cache_folder
    from iqabench.weights.resolve import FOLDER_VARIABLE, folder_in_use

    first = folder_in_use() or f"the folder of --weights or {FOLDER_VARIABLE} (none is named)"
    return f"Looked for in: {first}, then {cache_folder()}"


def addresses_of(entry: Weights) -> list[str]:
    """Where its file, or the checkpoint that it is made of, can be had in a browser; a package that brings it."""
    from importlib.util import find_spec

    from iqabench.weights.convert import upstream_address

    if entry.packaged is not None:
        return [f"in the package {entry.packaged[0]}"]
    if entry.checkpoints:
        return [place.manual for place in entry.checkpoints]
    known = [one for one in entry.variants if one.address and find_spec(one.address.partition(".")[0]) is not None]
    addresses = [address for one in known if (address := upstream_address(one))]
    if entry.archive is not None:
        addresses.append(f"{entry.archive.filename} of the project {entry.archive.project} on the package index")
    return addresses


@weights.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME...|all]")
@click.option(
    "--all-for",
    "methods",
    metavar="METHOD,...",
    default="",
    help="Fetch all that these methods need; what a library of theirs keeps by itself is loaded once.",
)
@click.option(
    "--from",
    "place",
    metavar="PLACE",
    help="Get the checkpoint of NAME from here: a file, an https address, hub:OWNER/REPOSITORY/FILE, or drive:ID.",
)
def fetch_weights(names: tuple[str, ...], methods: str, place: str | None) -> None:
    """Download weights into the local cache, verify them, and convert them where that is needed.

    \b
    iqabench weights fetch ckdn-released        the checkpoint of CKDN's authors
    iqabench weights fetch --all-for lpips-squeeze,dists

    A checkpoint that is here already is not fetched again, unless --from is given.
    """
    from iqabench._util.errors import UserError, WeightsError
    from iqabench._util.transfer.places import parse_place
    from iqabench.weights.fetch import SourcesFailedError
    from iqabench.weights.table import TABLE, lookup

    if not names and not methods:
        raise UserError("give --all-for METHOD, or name weights: 'iqabench weights list' shows all")
    if place is not None and len(names) != 1:
        raise UserError("--from is the place of one checkpoint: name it alone")
    places = (parse_place(place),) if place is not None else ()
    every = [name for name, entry in TABLE.items() if entry.fetched]
    needed, libraries = _needs(words_in(methods))
    wanted = [lookup(name) for name in dict.fromkeys((*(every if names == ("all",) else names), *needed))]
    failed: list[str] = []
    for entry in wanted:
        if entry.packaged is not None:
            echo(f"{entry.name}: comes with the installed package {entry.packaged[0]}, nothing to fetch")
            continue
        if entry.checkpoints and not places and (here := _here(entry)):
            echo(here)
            continue
        try:
            fetched = _fetch_showing_progress(entry, places)
        except SourcesFailedError as error:
            reasons = "".join(f"\n  {reason}" for reason in error.reasons)
            failed.append(f"{entry.name} ({entry.file}) could not be fetched:{reasons}{_by_hand(entry)}")
            continue
        echo(f"{entry.name}: {fetched.path} ({fetched.variant.name}, checksum {fetched.digest[:16]})")
    failed += _load(libraries)
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


def _here(entry: Weights) -> str:
    """Since when the weights are here, and where; empty if they are not, or if the file holds something else."""
    from datetime import UTC, datetime

    from iqabench._util.errors import WeightsError
    from iqabench.weights.resolve import load_from, locate

    path = locate(entry.name)
    if path is None:
        return ""
    try:
        _, origin = load_from(entry.name, path)
    except WeightsError as error:
        tell(f"warning: {error}; fetching it anew")
        return ""
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    return f"{entry.name}: here since {day}: {path} ({origin.variant}, checksum {origin.sha256[:16]})"


def _by_hand(entry: Weights) -> str:
    """How the user gets a checkpoint that could not be fetched; empty for weights that come as they are."""
    if not entry.checkpoints:
        return ""
    addresses = "".join(f"\n- {place.manual}" for place in entry.checkpoints)
    return (
        f"\nTry again later, or download it in a browser from one of:{addresses}\n"
        f"and run: iqabench weights import {entry.name} FILE"
    )


def _fetch_showing_progress(entry: Weights, places: tuple[Place, ...]) -> Fetched:
    from iqabench.cli.byte_bars import ByteBars
    from iqabench.weights.obtain import obtain

    with ByteBars().bytes(entry.name) as progress:
        return obtain(entry, progress, places)


def _needs(methods: tuple[str, ...]) -> tuple[list[str], list[MethodEntry]]:
    """Names of the weights that the methods need, and the methods whose libraries get theirs by themselves."""
    from iqabench.methods.registry import Registry

    registry = Registry()
    entries = [registry.get(name) for name in methods]
    needed = [name for entry in entries for name in entry.info.weights]
    return needed, [entry for entry in entries if not entry.info.weights]


def _load(entries: list[MethodEntry]) -> list[str]:
    """Build each method once, which makes its library fetch what it needs; why some could not be built."""
    failed = []
    for entry in entries:
        try:
            entry.create()
        except (Exception, SystemExit) as error:  # a library may fail in any way
            failed.append(f"{entry.info.name}: its weights could not be loaded: {clear_message(str(error))}")
        else:
            echo(f"{entry.info.name}: can be built; what its library needs is here")
    return failed


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
