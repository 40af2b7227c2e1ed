"""``fetched.json`` in the folder of a fetched data set: where it came from, and digests to compare with others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench._util.records import Lenient, Record, checked

RECORD_FILE = "fetched.json"


class FetchedPart(Record):
    """One download."""

    name: str
    origin: str
    """The place that it came from."""
    revision: str
    """Commit of the hub's repository; empty elsewhere."""
    sha256: str
    """Of the file that came."""
    files: int
    """How many files came out."""
    digest: str
    """SHA-256 over their names and bytes."""
    fetched: str
    """Day, as ``2026-11-26``."""


class FetchedData(Record):
    """The whole data set."""

    name: str
    parts: Annotated[tuple[FetchedPart, ...], Lenient]

    @property
    def digest(self) -> str:
        """One digest of all parts: the same for the same data, wherever it came from."""
        lines = sorted(f"{part.name} {part.digest}" for part in self.parts)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_fetched(root: Path) -> FetchedData | None:
    """The record in ``root``; None if there is none.

    Raises
    ------
    DataError
        If it holds something else.
    """
    path = root / RECORD_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not a JSON file ({error}); delete the folder and fetch the data set again") from error
    return checked(FetchedData, values, str(path), DataError)


def write_fetched(root: Path, record: FetchedData) -> None:
    """Write the record into ``root``, in one step."""
    write_atomically(root / RECORD_FILE, json.dumps(record.model_dump(), indent=1) + "\n")
