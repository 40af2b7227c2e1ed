"""CSV files read strictly, every complaint naming the file and the line."""

from __future__ import annotations

import csv
import io
import math
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from iqabench.errors import DataError, UserError

MAX_BYTES = 256 << 20
"""Largest text file that is read."""
MAX_ROWS = 2_000_000
"""Most rows of a CSV file: about 1.5 GB once they are read."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class Row(NamedTuple):
    """One line of a CSV file: its number in the file, counted from 1, and its cells by column, stripped."""

    line: int
    cells: dict[str, str]


class Table(NamedTuple):
    """What a CSV file holds."""

    columns: list[str]
    rows: list[Row]


def read_text(path: Path, error: type[UserError] = DataError, most: int = MAX_BYTES) -> str:
    """Read a UTF-8 text file of at most ``most`` bytes, with any line endings and with or without a byte order mark."""
    try:
        state = path.stat()
        if stat.S_ISCHR(state.st_mode) or stat.S_ISFIFO(state.st_mode):
            raise error(f"{path}: a pipe or a device, not a file; name a file")  # reading it might never end
        if state.st_size > most:
            raise error(f"{path}: {state.st_size:,} bytes are too many for a text file of this kind (at most {most:,})")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as missing:
        raise error(f"{path}: no such file") from missing
    except UnicodeDecodeError as wrong:
        raise error(f"{path}: not UTF-8 text (byte {wrong.start}); save it as UTF-8") from wrong
    except OSError as unreadable:
        raise error(
            f"{path}: cannot be read ({unreadable.strerror}); check the path and its permissions"
        ) from unreadable
    if "\x00" in text:
        raise error(f"{path}: holds NUL characters; save it as UTF-8 text")
    return text


def read_csv(path: Path, required: Sequence[str], error: type[UserError] = DataError) -> Table:
    """Read a comma-separated file with a header line.

    Raises
    ------
    UserError
        (of the class ``error``) if the file is missing, empty or not UTF-8, lacks a required column,
        names a column twice, or has a line with more or fewer cells than the header.
    """
    text = read_text(path, error)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    columns: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip() for cell in cells]
                _check_header(path, columns, required, error)
                continue
            if len(rows) == MAX_ROWS:
                raise error(f"{path}: more than {MAX_ROWS:,} rows; split it into several files")
            if len(cells) != len(columns):
                raise error(f"{path}, line {reader.line_num}: {len(cells)} cells, but the header has {len(columns)}")
            rows.append(Row(reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as wrong:
        raise error(f"{path}, line {reader.line_num}: not a CSV line ({wrong}); check its quotes") from wrong
    if not columns:
        raise error(f"{path}: the file is empty; it needs a header with {', '.join(required)}")
    if not rows:
        raise error(f"{path}: has a header but no rows; add at least one")
    return Table(columns, rows)


def _check_header(path: Path, columns: list[str], required: Sequence[str], error: type[UserError]) -> None:
    missing = [column for column in required if column not in columns]
    if missing:
        hint = "; separate the columns by commas" if len(columns) == 1 and re.search("[;\t]", columns[0]) else ""
        found = ", ".join(columns)[:200]
        raise error(f"{path}: the header lacks the column {', '.join(missing)}; it has: {found}{hint}")
    for column in columns:
        if columns.count(column) > 1:
            raise error(f"{path}: the header names the column {column!r} twice")


def number(path: Path, line: int, what: str, text: str) -> float:
    """Read a finite decimal number from a cell.

    Raises
    ------
    DataError
        For anything else ("nan", "1,5", "", "1_000"), naming the file, the line and the column.
    """
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise DataError(f"{path}, line {line}: {what} {text[:40]!r} is not a number; write it like 3.25")
    return value
