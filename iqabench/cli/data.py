"""``iqabench data``: fetch a dataset, say where it lies, check it, show its card, draw a split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.text import counted, printable
from iqabench.cli.data_fetch import fetch_data, list_data
from iqabench.cli.data_root import data_root
from iqabench.cli.data_submission import data_submission
from iqabench.cli.findings import as_csv, show_findings
from iqabench.cli.groups import grouped
from iqabench.cli.options import direction_option, outside_option, plugin_option
from iqabench.cli.output import OutputFile, console, echo, write_file

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.data.base import Dataset
    from iqabench.data.open import DatasetRegistry


@click.group("data")
def data() -> None:
    """Fetch datasets, remember where they lie, check them, show what is known of them, draw splits, submit scores."""


data.add_command(list_data)
data.add_command(fetch_data)
data.add_command(data_root)
data.add_command(data_submission)


@dataclass(frozen=True)
class NamedDataset:
    """The data set that a command is about."""

    name: str
    root: Path | None
    mos_direction: str | None
    allow_outside_root: bool
    plugins: PluginFiles

    def find(self) -> tuple[DatasetRegistry, dict[str, Any]]:
        """Where its reader is found, and the options that the reader is given."""
        from iqabench.data.open import DatasetRegistry

        datasets = DatasetRegistry(self.plugins)
        return datasets, datasets.reader_options(self.name, self.allow_outside_root, self.mos_direction)

    def open(self) -> Dataset:
        """Read it; images may be missing."""
        datasets, options = self.find()
        return datasets.open(self.name, self.root, require_images=False, **options)


_dataset_options = grouped(
    "given",
    NamedDataset,
    click.option(
        "--dataset", "name", required=True, help="pipal, votes, manifest, mini, ...: see 'iqabench list datasets'."
    ),
    click.option(
        "--root", type=click.Path(path_type=Path), help="Folder (or CSV) of the dataset; default: the remembered one."
    ),
    direction_option,
    outside_option,
    plugin_option,
)


@data.command()
@_dataset_options
@click.option("--csv", "csv_file", type=OutputFile(), help="Write every finding here.")
@click.option(
    "--against",
    "others",
    multiple=True,
    metavar="NAME[:ROOT]|FOLDER",
    help="Also find images that show the same scene as one of this data set, or of a folder; may be repeated.",
)
def check(given: NamedDataset, csv_file: Path | None, others: tuple[str, ...]) -> None:
    """Read every file and list what is missing, surplus, damaged, of the wrong size, doubled or wrongly labelled.

    \b
    iqabench data check --dataset tid2013 --against live --against my-photographs

    names the contents of TID2013 that are in LIVE, too, or in a folder: at another size, in another format, or as a
    crop. A method that has learnt from one of them has seen the other.

    Exits with 0 if there is no error (there may be warnings), with 2 if there is one.
    """
    from iqabench.data.check import ERROR, check_layout
    from iqabench.data.overlap import find_overlap

    datasets, options = given.find()
    with _progress_bar("reading") as progress:
        findings = check_layout(given.name, given.root, progress, datasets, **options)
    # A data set that cannot be read is an error already: it has no scenes.
    for other in others if not any(finding.severity == ERROR for finding in findings) else ():
        with _progress_bar(f"comparing scenes with {other}") as progress:
            findings = [*find_overlap(given.open(), other, datasets, progress), *findings]
    if csv_file is not None:
        write_file(csv_file, as_csv(findings))
    show_findings(findings, _folder(given), csv_file, given.name)
    errors = sum(finding.severity == ERROR for finding in findings)
    echo(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}")
    if errors:
        raise SystemExit(2)


def _folder(given: NamedDataset) -> str:
    """The data set's folder with a slash at its end, which names of files need not repeat; empty if none is known."""
    from iqabench.data.roots import remembered_root

    root = given.root or remembered_root(given.name)
    if root is None:
        return ""
    place = root.expanduser().absolute()
    return f"{place.parent if place.is_file() else place}/"


@data.command()
@_dataset_options
def card(given: NamedDataset) -> None:
    """Show what is known of a dataset: labels, licence, citation, rows, references, notes."""
    from rich.table import Table
    from rich.text import Text

    from iqabench.data.splits import available_splits

    dataset = given.open()
    frame = dataset.frame
    facts = {key: str(value) for key, value in dataset.card.as_dict().items() if value not in ("", None)}
    facts |= {
        "rows": str(len(frame)),
        "contents": str(frame["content"].nunique()),
        "algorithms": str(frame["algorithm"].nunique()),
        "labelled": str(int(frame["mos"].notna().sum())),
        "voted pairs": str(0 if dataset.votes is None else len(dataset.votes)),
        "label spread": _spread(dataset),
        "single choices": str(0 if dataset.choices is None else len(dataset.choices)),
        "references": ", ".join(dataset.references_present()) or "none",
        "splits": _names(list(dataset.splits) or list(available_splits(dataset.card.name))),
        "default split": dataset.default_split or "none (every row is scored)",
    }
    facts |= _origin(dataset.root)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for key, value in facts.items():
        table.add_row(Text(key.replace("_", " ")), Text("\n".join(map(printable, value.split("\n")))))
    shown = console()
    shown.print(table)
    for note in dataset.notes:
        shown.print(Text(f"note: {printable(note)}"))


def _origin(root: Path) -> dict[str, str]:
    """Where a fetched data set came from, and its digest then; 'data check' says whether files changed since."""
    from iqabench.data.fetched import read_fetched

    record = read_fetched(root) if root.is_dir() else None
    if record is None:
        return {}
    lines = [f"{part.origin}, {part.fetched}, SHA-256 {part.sha256}" for part in record.parts]
    return {"fetched from": "\n".join(lines), "digest of all files, as fetched": record.digest}


@data.command()
@_dataset_options
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same split.")
@click.option("--content-share", type=float, default=1 / 8, show_default=True, help="Contents for validation.")
@click.option(
    "--algorithm-share", type=float, default=0.44, show_default=True, help="Algorithms for validation; 0: unsplit."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
def split(given: NamedDataset, seed: int, content_share: float, algorithm_share: float, out: Path) -> None:
    """Draw a split of contents and algorithms and write it as CSV files, to be given as --split FOLDER."""
    from iqabench.data.splits import PARTS, draw_split, write_split

    dataset = given.open()
    drawn = draw_split(dataset.frame, seed, content_share, algorithm_share, name=out.absolute().name)
    counts = drawn.apply(dataset.frame)["part"].value_counts()
    write_split(drawn, out)
    echo(f"{out}: " + ", ".join(f"{counted(counts[part], 'image')} {part}" for part in PARTS))


def _spread(dataset: Dataset) -> str:
    """For how many images the judges' standard deviation and number are known."""
    if dataset.ratings is None:
        return "unknown"
    known = dataset.ratings[["deviation", "judges"]].notna().sum()
    return f"standard deviation of {known['deviation']} images, number of judges of {known['judges']}"


def _names(names: list[str]) -> str:
    if len(names) < 4:
        return ", ".join(names) or "none"
    return f"{names[0]}, {names[1]}, ..., {names[-1]} ({len(names)})"


@contextmanager
def _progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on standard error and only on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from iqabench._util.progress import messages

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
