"""The published figures that a plan is compared with, exactly as the paper prints them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from iqabench._util.errors import UserError
from iqabench._util.papers import find

COLUMNS = ("table", "row", "column", "value", "direction")


@dataclass(frozen=True)
class Published:
    """One printed number."""

    text: str
    """As printed, with every digit."""
    direction: str
    """``higher`` or ``lower`` is better."""

    @property
    def value(self) -> float:
        """The number."""
        return float(self.text)

    @property
    def digits(self) -> int:
        """Digits after the point."""
        return len(self.text.partition(".")[2])


def read_published(name: str, folder: Path | None = None) -> dict[tuple[str, str], Published]:
    """Read ``NAME.csv`` (``table,row,column,value,direction``) as ``{(row, column): figure}``.

    Raises
    ------
    UserError
        If the file is not there, or a line is wrong or repeats a cell.
    """
    path = find("PUBLISHED", f"{name}.csv") if folder is None else folder / f"{name}.csv"
    if path is None:
        raise UserError(f"there are no published figures called {name!r}")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise UserError(f"published figures {path}: cannot be read ({error})") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise UserError(f"{path}: the first line must be {','.join(COLUMNS)}")
    found: dict[tuple[str, str], Published] = {}
    for number, cells in enumerate(lines[1:], start=2):
        where = f"{path}, line {number}"
        if len(cells) != len(COLUMNS) or cells[4] not in ("higher", "lower"):
            raise UserError(f"{where}: expected {','.join(COLUMNS)} with direction higher or lower")
        try:
            float(cells[3])
        except ValueError as error:
            raise UserError(f"{where}: value {cells[3]!r} is not a number") from error
        key = (cells[1], cells[2])
        if key in found:
            raise UserError(f"{where}: {cells[1]!r}, {cells[2]!r} stands there twice")
        found[key] = Published(cells[3], cells[4])
    return found
