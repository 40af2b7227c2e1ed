"""Is a fetched data set still what was fetched: its files beside the digests of ``fetched.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iqabench._util.text import counted
from iqabench._util.transfer.arrived import file_sha256
from iqabench.data.complete import tree_digest
from iqabench.data.fetched import RECORD_FILE, FetchedData, read_fetched
from iqabench.data.sources import SOURCES, SourcePart
from iqabench.data.workers import Progress


def changed_parts(root: Path, progress: Progress | None = None) -> Iterator[tuple[str, str]]:
    """Name of each part whose files are not those that were fetched, and a sentence that says so.

    Nothing for a folder that was not fetched, and for parts that this version does not know.
    """
    record = read_fetched(root) if root.is_dir() else None
    if record is None or record.name not in SOURCES:
        return
    parts = {part.name: part for part in SOURCES[record.name].parts}
    beside = {_place(parts[one.name]) for one in record.parts if one.name in parts} - {""}
    for one in record.parts:
        if one.name not in parts:
            continue
        part, place = parts[one.name], _place(parts[one.name])
        if place and not part.packed:
            path = root / place
            digest, files = (file_sha256(path), 1) if path.is_file() else ("", 0)
        else:
            digest, files = tree_digest(root / place, progress, without=() if place else (RECORD_FILE, *beside))
        if digest != one.digest:
            yield one.name, _said(record, part, one.files, files)


def _place(part: SourcePart) -> str:
    """Where a part lies below the root; empty for the root itself."""
    return part.folder if part.packed else part.places[0].name


def _said(record: FetchedData, part: SourcePart, before: int, now: int) -> str:
    there = f"{counted(now, 'file')}, {before:,} were fetched" if now != before else "names or bytes differ"
    return f"{record.name} is not as it was fetched: {part.what} changed since ({there})"
