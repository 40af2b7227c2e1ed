"""Reader of any folder of images described by one CSV file.

Columns: ``image`` (required), ``degraded``, ``pristine``, ``content``, ``algorithm``, ``mos`` (or ``dmos``),
``category``, ``task``, ``deviation`` and ``judges`` (of the ratings whose mean ``mos`` is), also in capitals; paths are
relative to the CSV. Further columns are kept for people and ignored. Which direction labels have:
:mod:`iqabench.data.direction`. Without a column ``content``, the pristine image is the content, else the degraded one,
else every image is a content of its own. ``card.toml`` beside the CSV says what the labels are; unless it states their
``mos_range``, the smallest and the largest label are it.
"""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.cards import CARD_FILE, read_card, slug
from iqabench.data.direction import LabelColumn, find_labels
from iqabench.data.enclosure import Enclosure
from iqabench.data.frames import manifest_frame, rating_frame, require_files
from iqabench.data.rows import CsvRow, CsvTable, number, read_csv

if TYPE_CHECKING:
    import pandas as pd

MANIFEST_FILE = "manifest.csv"
COLUMNS = ("image", "degraded", "pristine", "content", "algorithm", "mos", "category", "task", "deviation", "judges")


def read_manifest(
    root: Path,
    *,
    require_images: bool = True,
    allow_outside_root: bool = False,
    mos_direction: str | None = None,
    default_split: str | None = None,
) -> Dataset:
    """Read a manifest: a CSV file, or the folder that holds ``manifest.csv``.

    ``image_id`` is the image's path relative to the CSV without its suffix (with it, where two images
    differ only there). A path that leads out of the folder, by ``..``, from the root of the disk or by a
    link, needs ``allow_outside_root``. ``mos_direction`` (``higher``, ``lower``) says which labels are better.

    Raises
    ------
    DataError
        For a wrong file, card or row (named), for labels that are all equal or of an unknown direction, or for a
        missing image unless ``require_images`` is False.
    """
    path = root / MANIFEST_FILE if root.is_dir() else root
    folder = path.parent
    table = _lower_case(path, read_csv(path, []))
    labels = find_labels(path, table.columns, mos_direction)
    places = _Places(path, folder, allow_outside_root)
    ids = _image_ids(path, [(row.line, places.relative(row, "image")) for row in table.rows])
    scores = _scores(path, table, labels.column)
    labelled = scores[0] == scores[0]  # else every one of them is NaN
    name = slug(folder.name if path.name == MANIFEST_FILE else path.stem)
    default = Card(name=name, label_kind="human" if labelled else "none", mos_higher_is_better=labels.higher)
    card = read_card(folder, default)
    if mos_direction is not None:
        if card.mos_higher_is_better != labels.higher:
            said = f"--mos-direction {mos_direction} goes before the direction that {CARD_FILE} gives"
            labels = labels._replace(note=said)
        card = replace(card, mos_higher_is_better=labels.higher)
    elif card.mos_higher_is_better != labels.higher:
        labels = labels._replace(note="")
    if labelled and card.mos_range is None:
        card = replace(card, mos_range=(min(scores), max(scores)))
    frame = manifest_frame(_rows(path, table, places, ids, scores))
    if require_images:
        require_files(card.name, frame)
    return Dataset(
        card=card,
        root=folder,
        frame=frame,
        notes=_notes(path, table, labels),
        default_split=default_split,
        ratings=_ratings(path, table, ids),
    )


def named_files(root: Path) -> dict[str, str]:
    """Files that the rows of a manifest name, whatever else is wrong with the rows, and the image of each first row.

    Raises
    ------
    DataError
        If the CSV file itself cannot be read.
    """
    path = root / MANIFEST_FILE if root.is_dir() else root
    named: dict[str, str] = {}
    for row in _lower_case(path, read_csv(path, [])).rows:
        for column in ("image", "degraded", "pristine"):
            if cell := row.cells.get(column):
                named.setdefault(os.path.join(path.parent, cell), row.cells.get("image", ""))  # noqa: PTH118
    return named


def _rows(
    path: Path, table: CsvTable, places: _Places, ids: list[str], scores: list[float]
) -> Iterator[dict[str, object]]:
    same: dict[str, str] = {}  # names stand in many rows: in memory each stands once
    for row, image_id, mos in zip(table.rows, ids, scores, strict=True):
        degraded, pristine = places.relative_or_none(row, "degraded"), places.relative_or_none(row, "pristine")
        content = _content(path, row, pristine or degraded, image_id)
        names = {column: row.cells.get(column, "") for column in ("algorithm", "category", "task")}
        references = {"degraded": degraded, "pristine": pristine}
        yield {
            "image_id": image_id,
            "image": places.absolute(places.relative(row, "image")),
            **{kind: None if one is None else places.absolute(one) for kind, one in references.items()},
            "content": same.setdefault(content, content),
            **{column: same.setdefault(name, name) for column, name in names.items()},
            "mos": mos,
        }


class _Places:
    """Where the cells of a manifest point to."""

    def __init__(self, path: Path, folder: Path, allow_outside_root: bool) -> None:
        self._path, self._folder = path, str(folder)
        self._enclosure = None if allow_outside_root else Enclosure(folder)
        self._known: dict[str, str] = {}
        """Cells that are whole: many rows name the same references, and every image is asked for twice."""

    def relative(self, row: CsvRow, column: str) -> str:
        """The cell as a normalised path relative to the CSV's folder, with forward slashes."""
        cell = row.cells[column]
        if cell in self._known:
            return self._known[cell]
        if not cell:
            raise DataError(f"{self._path}, line {row.line}: {column} is empty; name a file")
        if not cell.isprintable():
            raise DataError(f"{self._path}, line {row.line}: {column} {cell!r} holds control characters")
        relative = os.path.relpath(os.path.normpath(self.absolute(cell)), self._folder).replace(os.sep, "/")
        if self._enclosure is not None and (
            relative == ".."
            or relative.startswith("../")
            or os.path.isabs(relative)  # noqa: PTH117  as in absolute()
            or not self._enclosure.holds(self.absolute(relative))
        ):
            raise DataError(
                f"{self._path}, line {row.line}: {column} {cell!r} lies outside the manifest's folder (links count as "
                "what they point to); move it inside, or allow it with --allow-outside-root"
            )
        if relative == ".":
            raise DataError(f"{self._path}, line {row.line}: {column} {cell!r} is a folder; name a file")
        self._known[cell] = relative
        return relative

    def relative_or_none(self, row: CsvRow, column: str) -> str | None:
        """As :meth:`relative`; None for an empty cell or an absent column."""
        return self.relative(row, column) if row.cells.get(column) else None

    def absolute(self, cell: str) -> str:
        """The path on this machine."""
        return os.path.join(self._folder, cell)  # noqa: PTH118  Path would be slow for a hundred thousand rows


def _without_suffix(relative: str) -> str:
    """A normalised path without the suffix of its last part. Not by ``PurePosixPath``, which keeps every name."""
    begins, dot = relative.rfind("/") + 1, relative.rfind(".")
    return relative[:dot] if begins < dot < len(relative) - 1 else relative


def _image_ids(path: Path, images: list[tuple[int, str]]) -> list[str]:
    first_line: dict[str, int] = {}
    for line, image in images:
        if image in first_line:
            raise DataError(f"{path}, line {line}: image {image!r} is already on line {first_line[image]}; remove one")
        first_line[image] = line
    stems = [_without_suffix(image) for _, image in images]
    taken = Counter(stems)
    return [stem if taken[stem] == 1 else image for stem, (_, image) in zip(stems, images, strict=True)]


def _content(path: Path, row: CsvRow, reference: str | None, image_id: str) -> str:
    if "content" not in row.cells:
        return _without_suffix(reference) if reference else image_id
    if not row.cells["content"]:
        raise DataError(f"{path}, line {row.line}: content is empty; name it, or leave out the whole column")
    return row.cells["content"]


def _lower_case(path: Path, table: CsvTable) -> CsvTable:
    """The table with the names of known columns in lower case."""
    names = {name: name.lower() if name.lower() in (*COLUMNS, "dmos") else name for name in table.columns}
    renamed = any(old != new for old, new in names.items())
    if "image" not in names.values():
        raise DataError(f"{path}: the header lacks the column image; it has: {', '.join(table.columns)[:200]}")
    if len(set(names.values())) < len(names):
        raise DataError(f"{path}: the header names a column twice, in capitals and not; remove one")
    if not renamed:
        return table
    rows = [CsvRow(row.line, {names[name]: cell for name, cell in row.cells.items()}) for row in table.rows]
    return CsvTable(list(names.values()), rows, table.separator)


def _scores(path: Path, table: CsvTable, column: str) -> list[float]:
    cells = [row.cells.get(column, "") for row in table.rows]
    if not any(cells):
        return [float("nan")] * len(cells)
    scores = []
    for row, cell in zip(table.rows, cells, strict=True):
        if not cell:
            raise DataError(
                f"{path}, line {row.line}: {column} is empty; give every row one, or leave out the whole column"
            )
        scores.append(number(path, row.line, column, cell, decimal_comma=table.decimal_comma))
    if min(scores) == max(scores):
        raise DataError(f"{path}: {column} is {scores[0]:g} in every row; no metric can be judged by constant labels")
    return scores


def _ratings(path: Path, table: CsvTable, ids: list[str]) -> pd.DataFrame | None:
    """How far the judges disagree, and how many they were; empty cells are unknown. None without such columns."""
    if not {"deviation", "judges"} & set(table.columns):
        return None

    def known(row: CsvRow, column: str) -> float:
        cell = row.cells.get(column, "")
        value = number(path, row.line, column, cell, decimal_comma=table.decimal_comma) if cell else float("nan")
        if value < 0:
            raise DataError(f"{path}, line {row.line}: {column} is {cell}; it cannot be negative")
        return value

    rows = zip(table.rows, ids, strict=True)
    return rating_frame([(image_id, known(row, "deviation"), known(row, "judges")) for row, image_id in rows])


def _notes(path: Path, table: CsvTable, labels: LabelColumn) -> tuple[str, ...]:
    unknown = [column for column in table.columns if column not in (*COLUMNS, labels.column)]
    notes = [labels.note] if labels.note else []
    if "dmos" in unknown:
        unknown.remove("dmos")
        notes.append(f"{path.name}: column 'dmos' is ignored, since there is a column 'mos'")
    near = ((column, difflib.get_close_matches(column.lower(), COLUMNS, n=1, cutoff=0.7)) for column in unknown)
    return (*notes, *(f"{path.name}: column {c!r} is ignored; did you mean {hit[0]!r}?" for c, hit in near if hit))
