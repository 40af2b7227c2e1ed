"""Finds data sets by name, and opens them: built-in ones, those of installed plugins and of plugin files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from iqabench._util.blame import told
from iqabench._util.errors import DataError, UserError
from iqabench._util.registry import OfferRegistry
from iqabench.data.base import Dataset
from iqabench.data.contract import DatasetEntry, as_dataset
from iqabench.data.roots import remembered_root, settings_file, unfinished_fetch
from iqabench.data.sources import SOURCES

Result = TypeVar("Result")


class DatasetRegistry(OfferRegistry[DatasetEntry]):
    """Data sets by name."""

    kind = "dataset"
    word = "data set"
    all_of_them = "'iqabench list datasets' shows all"
    group = "iqabench.datasets"
    error = UserError

    def made(self, value: Any, source: str) -> DatasetEntry:
        """A data set."""
        return as_dataset(value, source)

    def replacing(self, entry: DatasetEntry, holder: str) -> DatasetEntry:
        """The data set, whose notes say whose name it takes."""
        return replace(entry, replaces=holder)

    def brings_files(self, name: str) -> bool:
        """True for a data set that needs no root, since its files come with its reader."""
        return name in self.names() and any(entry.info.root is None for entry in self.entries([name]))

    def can_open(self, name: str, root: str | Path | None) -> bool:
        """True if its files can be found: a root is given or remembered, or it brings them along."""
        return root is not None or self.brings_files(name) or remembered_root(name) is not None

    def open(self, name: str, root: str | Path | None = None, **options: Any) -> Dataset:
        """Open a data set; ``options`` go to its reader.

        ``require_images=False`` keeps the paths of files that are not there, if the reader can.

        Raises
        ------
        UserError
            For an unknown name or option, or a root that is neither given nor remembered; :class:`DataError` for what
            the files hold, and for a plugin's reader that fails.
        """
        entry = self.get(name)
        known = self._by_reader(name, entry.options)
        if "require_images" not in known:
            options.pop("require_images", None)
        unknown = sorted(set(options) - set(known))
        if unknown:
            has = ", ".join(known) or "none"
            raise UserError(f"dataset {name} has no option {unknown[0]!r}; it has: {has}")
        self._require_declared_root(entry)
        place, remembered = _place(entry, root)
        read = self._by_reader(name, lambda: entry.reader(*place, **options))
        if not isinstance(read, Dataset):
            raise DataError(
                f"data set {name} of {entry.source}: its reader returns a {type(read).__name__}; let it return an "
                "iqabench.Dataset"
            )
        self._require_own_name(entry, read)
        if remembered:
            read = replace(read, notes=(*read.notes, remembered))
        if entry.replaces:
            said = f"data set {name} is that of {entry.source}, not of {entry.replaces}"
            return replace(read, notes=(*read.notes, said))
        return read

    def reader_options(
        self, name: str, allow_outside_root: bool = False, mos_direction: str | None = None
    ) -> dict[str, Any]:
        """Options of the reader of the data set ``name``, as far as any was given.

        Raises
        ------
        UserError
            If ``mos_direction`` is given for a data set that states the direction of its labels itself.
        """
        if mos_direction is not None and "mos_direction" not in self.get(name).options():
            raise UserError(f"--mos-direction is about the labels of a manifest; leave it out for --dataset {name}")
        options = {"allow_outside_root": allow_outside_root or None, "mos_direction": mos_direction}
        return {key: value for key, value in options.items() if value is not None}

    def names_files(self, name: str) -> bool:
        """True for a data set whose files could name others outside of its folder."""
        return "allow_outside_root" in self.get(name).options()

    def _require_declared_root(self, entry: DatasetEntry) -> None:
        """Raise DataError for a reader that wants a folder, though its declaration says that there is none."""
        name = entry.info.name
        if entry.info.root is None and self._by_reader(name, entry.wants_root):
            raise DataError(
                f"data set {name} of {entry.source}: its reader takes a folder, but it is declared without one; say "
                f'what --root must name: @dataset({name!r}, root="the folder that holds the images")'
            )

    def _require_own_name(self, entry: DatasetEntry, read: Dataset) -> None:
        """Raise DataError if the card takes the name of another reader: results are stored under the card's name."""
        name, taken = entry.info.name, read.card.name
        if taken == name or taken not in self.names():
            return
        cure = (
            f"name the card as the reader: Card({name!r}, ...)"
            if name in self.foreign_names()
            else 'give it another name: name = "..." in its card.toml, or another name of its folder'
        )
        raise DataError(
            f"data set {name}: its card is called {taken!r}, which is another data set ('iqabench list datasets' shows "
            f"it), and its results would enter the tables of that one; {cure}"
        )

    def _by_reader(self, name: str, read: Callable[[], Result]) -> Result:
        """What ``read`` returns; a reader from outside may fail in any way, which costs its data set alone."""
        try:
            return read()
        except (Exception, SystemExit) as error:
            if isinstance(error, UserError) or name not in self.foreign_names():
                raise
            reason = told(error)
            raise DataError(f"data set {name} of {self.source(name)} cannot be read: {reason}") from error


def open_dataset(name: str, root: str | Path | None = None, **options: Any) -> Dataset:
    """Open a data set that is installed; see :meth:`DatasetRegistry.open`."""
    return DatasetRegistry().open(name, root, **options)


def _place(entry: DatasetEntry, root: str | Path | None) -> tuple[tuple[Path, ...], str]:
    """What the reader is given: an existing, absolute path, or nothing for a data set that brings its files along.

    Without ``root`` it is the remembered one, which the sentence beside it says.
    """
    name, wanted = entry.info.name, entry.info.root
    if wanted is None:
        if root is not None:
            raise UserError(f"dataset {name} brings its files along; leave out --root")
        return (), ""
    given, said = root, ""
    if given is None:
        given = remembered_root(name)
        if given is None:
            raise UserError(f"dataset {name} needs --root: {wanted}{_how_to_get(name)}")
        said = f"{name} is read from {given}, as remembered in {settings_file()}"
    path = Path(given).expanduser()
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise UserError(f"--root {str(given)[:80]!r} is no usable path ({error.__class__.__name__})") from error
    if not found and path.name and unfinished_fetch(path).is_dir() and _how_to_get(name):
        raise UserError(
            f"--root {given}: not there yet: a fetch that has not finished waits beside it; "
            f"'iqabench data fetch {name} --root {given}' goes on"
        )
    if not found and said:
        raise UserError(
            f"{said}: no such file or folder; give --root, or say where it is now by 'iqabench data root {name} DIR'"
        )
    if not found:
        raise UserError(f"--root {given}: no such file or folder; it must be {wanted}")
    return (path.absolute(),), said


def _how_to_get(name: str) -> str:
    source = SOURCES.get(name)
    return f"; 'iqabench data fetch {name}' gets it" if source is not None and source.parts else ""
