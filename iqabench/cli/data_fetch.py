"""``iqabench data fetch`` and ``data list``: which data sets there are, under whose terms, and how they come here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench._util.text import counted, printable
from iqabench.cli.output import echo, print_hanging, tell, tell_outcome

if TYPE_CHECKING:
    from iqabench._util.transfer.places import Place
    from iqabench.data.sources import DataSource


PLACES = {"hub": "hub", "drive": "drive", "https": "web", "http": "web"}
"""Where a set comes from, in words."""


@click.command("fetch")
@click.argument("name")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that the data set will be; it is remembered. Default: in the user's folder of data.",
)
@click.option("--accept", is_flag=True, help="Accept the terms that are shown; asked for once.")
@click.option("--keep", is_flag=True, help="Keep the archives, in DIR-archives; else they are deleted once unpacked.")
@click.option(
    "--from",
    "places",
    multiple=True,
    metavar="[PART=]PLACE",
    help="Get it from here: a file, an https address, hub:[datasets/]OWNER/REPOSITORY/FILE, or drive:ID. May be "
    "repeated, once for each part.",
)
def fetch_data(name: str, root: Path | None, accept: bool, keep: bool, places: tuple[str, ...]) -> int:
    """Fetch the data set NAME: download it, unpack it, verify it, and remember where it lies.

    \b
    iqabench data fetch pipal --root /data/pipal --accept
    iqabench run --methods ckdn,lpips --dataset pipal

    Interrupted, the same command goes on where it stopped. The folder appears only when all of it is there: counts
    are checked, a sample of the images is read, and digests of everything are kept in DIR/fetched.json, so that two
    people can tell that they have the same data.

    Exit code 0 if all of it is there, 2 if not: the message says what is missing and how to get it by hand.
    """
    from iqabench.cli.byte_bars import ByteBars
    from iqabench.data.fetch import FetchRequest, fetch_dataset
    from iqabench.data.settings import remember_root
    from iqabench.data.sources import source_of_data

    source = source_of_data(name)
    if source.parts:
        _require_consent(source, accept)
    folder = _folder(name, root)
    request = FetchRequest(source, folder, _places(source, places), keep)
    outcome = fetch_dataset(request, ByteBars())
    settings = remember_root(name, folder)
    for part in outcome.record.parts:
        fresh = "fetched" if part.name in outcome.fresh else f"there since {part.fetched}"
        echo(
            f"{name} {part.name}: {counted(part.files, 'file')}, {fresh}, from {part.origin}, "
            f"SHA-256 {part.sha256[:16]}"
        )
    for part_name, place in request.places.items():
        if part_name not in outcome.fresh and part_name in {part.name for part in outcome.record.parts}:
            tell(
                f"{name} {part_name}: there already, so {place} was not read; to fetch it anew give --root another "
                f"folder, or delete {folder} first"
            )
    echo(f"{name}: {folder}, digest {outcome.record.digest[:16]}; remembered in {settings}")
    _tell_of_reading(name, folder)
    return tell_outcome([], outcome.problems)


@click.command("list")
def list_data() -> None:
    """Show which data sets are here, which can be fetched, how large they are, and under whose terms."""
    from iqabench.data.roots import settings_file
    from iqabench.data.settings import read_settings
    from iqabench.data.sources import SOURCES

    roots = read_settings().roots
    terms: dict[str, list[str]] = {}
    print_hanging(f"{'name':14} {'size':7} {'from':11} {'here':4}", "what people judged")
    for name in (*SOURCES, *sorted(set(roots) - set(SOURCES))):
        source = SOURCES.get(name)
        place, size = _offer(source)
        facts = f"{printable(name):14} {size:7} {place:11} {_here(roots.get(name)):4}"
        print_hanging(facts, printable(source.what if source else "a folder of yours"))
        if source is not None:
            terms.setdefault(source.terms, []).append(name)
    for text, names in terms.items():
        print_hanging("terms:", printable(f"{text} ({', '.join(names)})"))
    for name, root in roots.items():
        print_hanging("here: ", printable(f"{name} in {root}"))
    tell(f"'here' is remembered in {settings_file()}; 'iqabench data root NAME DIR' changes it")
    tell(
        "'iqabench data fetch NAME' shows where the set comes from and its terms, and fetches nothing without --accept"
    )


def _tell_of_reading(name: str, folder: Path) -> None:
    """What its reader says of it: what is missing, what differs from the release, and what to do."""
    from iqabench.data.open import DatasetRegistry

    datasets = DatasetRegistry()
    if name not in datasets.names():
        return
    try:
        notes = datasets.open(name, folder, require_images=False).notes
    except UserError as error:
        notes = (f"--dataset {name} cannot read it yet: {error}",)
    for note in notes:
        tell(note)


def _require_consent(source: DataSource, accept: bool) -> None:
    from iqabench.data.settings import read_settings, remember_acceptance

    if source.name in read_settings().accepted:
        return
    tell(f"{source.name}: {source.what}")
    tell(f"terms: {source.terms}")
    tell(f"page: {source.page}")
    if not accept:
        raise UserError(f"{source.name}: nothing is fetched before you accept its terms (above): add --accept, once")
    remember_acceptance(source.name, datetime.now(UTC).date().isoformat())


def _folder(name: str, root: Path | None) -> Path:
    """Where the set goes: what was asked for, else where it is remembered to be, else the user's folder of data."""
    from iqabench.data.roots import remembered_root

    if root is not None:
        return root.expanduser().absolute()
    remembered = remembered_root(name)
    if remembered is not None:
        return remembered
    from platformdirs import user_data_path

    return user_data_path("iqabench", appauthor=False) / "datasets" / name


def _places(source: DataSource, words: tuple[str, ...]) -> dict[str, Place]:
    from iqabench._util.transfer.places import parse_place

    found: dict[str, Place] = {}
    for word in words:
        before, equals, after = word.partition("=")
        named = bool(equals) and before.isidentifier()
        found[before if named else source.parts[0].name if source.parts else ""] = parse_place(after if named else word)
    return found


def _here(root: str | None) -> str:
    if root is None:
        return "-"
    return "yes" if Path(root).exists() else "gone"


def _offer(source: DataSource | None) -> tuple[str, str]:
    """From where a set comes, and its size, in words."""
    from iqabench._util.transfer.room import in_words

    if source is None:
        return "-", "-"
    if not source.parts:
        return "by hand", "-"
    sizes = [part.size for part in source.parts if part.size]
    places = dict.fromkeys(PLACES[str(part.places[0]).partition(":")[0]] for part in source.parts)
    return ", ".join(places), in_words(sum(sizes)) if sizes else "?"
