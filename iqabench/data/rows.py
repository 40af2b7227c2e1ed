"""CSV files read strictly, every complaint naming the file and the line.

=====================  =============================================================================================
found                  rule
=====================  =============================================================================================
encoding               UTF-8, with or without byte order mark; UTF-16 and UTF-32 with one; anything else is refused
line ends              any
separator              comma, semicolon or tab: the one that cuts the header into most cells, or that a first line
                       ``sep=;`` names
decimal comma          ``3,25`` is 3.25 in a file that is separated by semicolons or tabs; refused in one by commas
=====================  =============================================================================================
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from iqabench._util.errors import DataError, UserError

MAX_BYTES = 256 << 20
"""Largest text file that is read."""
MAX_ROWS = 2_000_000
"""Most rows of a CSV file: about 1.5 GB once they are read."""

SEPARATORS = (",", ";", "\t")
_MARKS = {  # of the longer mark first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATOR_LINE = re.compile(r"\ufeff?\s*\"?sep=([,;\t])\"?[ \r]*(?=\n|$)")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class CsvRow(NamedTuple):
    """One line of a CSV file: its number in the file, counted from 1, and its cells by column, stripped."""

    line: int
    cells: dict[str, str]


class CsvTable(NamedTuple):
    """What a CSV file holds."""

    columns: list[str]
    rows: list[CsvRow]
    separator: str = ","

    @property
    def decimal_comma(self) -> bool:
        """True if ``3,25`` is a number here: the comma does not separate cells."""
        return self.separator != ","


def read_text(path: Path, error: type[UserError] = DataError, most: int = MAX_BYTES) -> str:
    """Read a text file of at most ``most`` bytes: UTF-8, or what its byte order mark says; any line endings."""
    try:
        state = path.stat()
        if stat.S_ISCHR(state.st_mode) or stat.S_ISFIFO(state.st_mode):
            raise error(f"{path}: a pipe or a device, not a file; name a file")  # reading it might never end
        if state.st_size > most:
            raise error(f"{path}: {state.st_size:,} bytes are too many for a text file of this kind (at most {most:,})")
        data = path.read_bytes()
        encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8-sig")
        text = data.decode(encoding)
    except FileNotFoundError as missing:
        raise error(f"{path}: no such file") from missing
    except UnicodeDecodeError as wrong:
        raise error(f"{path}: not {wrong.encoding.upper()} text (byte {wrong.start}); save it as UTF-8") from wrong
    except OSError as unreadable:
        raise error(
            f"{path}: cannot be read ({unreadable.strerror}); check the path and its permissions"
        ) from unreadable
    if "\x00" in text:
        raise error(f"{path}: holds NUL characters, as UTF-16 without a byte order mark does; save it as UTF-8 text")
    return text


def read_csv(path: Path, required: Sequence[str], error: type[UserError] = DataError) -> CsvTable:
    """Read a file of cells with a header line, by the rules at the top of this module.

    Raises
    ------
    UserError
        (of the class ``error``) if the file is missing, empty or no text, lacks a required column, names a
        column twice, or has a line with more or fewer cells than the header.
    """
    text = read_text(path, error)
    named = _SEPARATOR_LINE.match(text)
    text = text[named.end() :] if named else text
    separator = named[1] if named else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: list[CsvRow] = []
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
                hint = "; is one a number with a decimal comma? write 3.25" * (len(cells) > len(columns))
                raise error(
                    f"{path}, line {reader.line_num}: {len(cells)} cells, but the header has {len(columns)}{hint}"
                )
            rows.append(CsvRow(reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as wrong:
        raise error(f"{path}, line {reader.line_num}: not a CSV line ({wrong}); check its quotes") from wrong
    if not columns:
        raise error(f"{path}: the file is empty; it needs a header with {', '.join(required)}")
    if not rows:
        raise error(f"{path}: has a header but no rows; add at least one")
    return CsvTable(columns, rows, separator)


def _separator(text: str) -> str:
    """What separates the cells of the header: of comma, semicolon and tab the one that makes most of them."""
    header = re.search(r"[^\r\n]*\S[^\r\n]*", text)
    bare = re.sub(r'"[^"]*"', "", header[0] if header else "")
    return max(SEPARATORS, key=bare.count)  # the first of those that are level


def _check_header(path: Path, columns: list[str], required: Sequence[str], error: type[UserError]) -> None:
    missing = [column for column in required if column not in columns]
    if missing:
        found = ", ".join(columns)[:200]
        raise error(f"{path}: the header lacks the column {', '.join(missing)}; it has: {found}")
    for column in columns:
        if columns.count(column) > 1:
            raise error(f"{path}: the header names the column {column!r} twice")


def number(path: Path, line: int, what: str, text: str, *, decimal_comma: bool = False) -> float:
    """Read a finite decimal number from a cell; with ``decimal_comma`` also one like ``3,25``.

    Raises
    ------
    DataError
        For anything else ("nan", "1,5", "", "1_000"), naming the file, the line and the column.
    """
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise DataError(f"{path}, line {line}: {what} {text[:40]!r} is not a number; write it like 3.25")
    return value
