"""Label files of releases: lines of a name and a number, MATLAB files, spreadsheets. Complaints name file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from iqabench._util.errors import DataError
from iqabench._util.extras import how_to_get
from iqabench.data.rows import number, read_text


class Rating(NamedTuple):
    """The label of one image, and the line of its file."""

    line: int
    name: str
    mos: float


def words_of_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and words of each line that holds any; words are separated by blanks, tabs or commas."""
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        words = text.replace(",", " ").split()
        if words:
            yield line, words


def read_ratings(path: Path, *, number_first: bool) -> list[Rating]:
    """Lines of a number and an image's name, in the order that ``number_first`` says.

    Raises
    ------
    DataError
        For another number of words, a number that is none, a name that stands twice, or no line at all.
    """
    ratings: list[Rating] = []
    lines: dict[str, int] = {}
    for line, words in words_of_lines(path):
        if len(words) != 2:
            order = "a number and a name" if number_first else "a name and a number"
            raise DataError(f"{path}, line {line}: {len(words)} words; a line must be {order}")
        name, text = reversed(words) if number_first else words
        key = name.lower()
        if key in lines:
            raise DataError(f"{path}, line {line}: {name} is already on line {lines[key]}; remove one")
        lines[key] = line
        ratings.append(Rating(line, name, number(path, line, "label", text)))
    if not ratings:
        raise DataError(f"{path}: the file is empty; take that of the release")
    return ratings


def read_numbers(path: Path) -> list[float]:
    """One number a line."""
    numbers = []
    for line, words in words_of_lines(path):
        if len(words) != 1:
            raise DataError(f"{path}, line {line}: {len(words)} words; a line must be one number")
        numbers.append(number(path, line, "deviation", words[0]))
    return numbers


def read_mat(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Variables of a MATLAB file, each flattened to one dimension; of ``names`` those that it holds.

    Raises
    ------
    DataError
        If it cannot be read, or holds none of ``names``.
    """
    from scipy.io import loadmat

    try:
        held = loadmat(path, variable_names=list(names))
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; complete the data set") from error
    except NotImplementedError as error:
        raise DataError(
            f"{path}: a MATLAB file of version 7.3, which no release has; take that of the release"
        ) from error
    except Exception as error:  # loadmat raises whatever its parser trips over
        raise DataError(f"{path}: not a MATLAB file ({error}); download it again") from error
    found = {name: np.ravel(held[name]) for name in names if name in held}
    if not found:
        raise DataError(f"{path}: holds no variable {' or '.join(names)}; take the file of the release")
    return found


def mat_texts(values: NDArray[Any]) -> list[str]:
    """The texts of a cell array."""
    return [str(np.ravel(value)[0]) if np.size(value) else "" for value in values]


def mat_numbers(path: Path, name: str, values: NDArray[Any], count: int | None = None) -> NDArray[np.float64]:
    """A variable as finite numbers, as many as ``count`` if that is given."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {name} does not hold numbers; take the file of the release") from error
    if count is not None and len(numbers) != count:
        raise DataError(f"{path}: {name} holds {len(numbers)} numbers, not {count}; take the file of the release")
    if not np.isfinite(numbers).all():
        where = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise DataError(f"{path}: number {where + 1} of {name} is not finite; take the file of the release")
    return numbers


class Sheet(NamedTuple):
    """Rows of a spreadsheet below its header; ``first`` is the number of the first of them in the sheet."""

    rows: list[dict[str, Any]]
    first: int


def read_sheet(path: Path, columns: tuple[str, ...], sheet: str | int = 0) -> Sheet:
    """The table of a spreadsheet whose header names ``columns``; what stands above and beside it is left out.

    Raises
    ------
    DataError
        If the file cannot be read, openpyxl is missing, or no row names the columns.
    """
    import pandas as pd

    try:
        cells = pd.read_excel(path, sheet_name=sheet, header=None)
    except ImportError as error:
        raise DataError(f"{path}: reading a spreadsheet needs openpyxl: {how_to_get('datasets')}") from error
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; complete the data set") from error
    except Exception as error:  # openpyxl and zipfile raise whatever they trip over
        raise DataError(f"{path}: not a spreadsheet that can be read ({error}); download it again") from error
    table = cells.to_numpy(dtype=object)
    for at, row in enumerate(table):
        names = [str(cell).strip() for cell in row]
        if all(column in names for column in columns):
            places = {column: names.index(column) for column in columns}
            rows = [{column: one[place] for column, place in places.items()} for one in table[at + 1 :]]
            return Sheet(rows, at + 2)
    raise DataError(f"{path}: no row names the columns {', '.join(columns)}; take the file of the release")


def is_blank(cell: object) -> bool:
    """True for an empty cell of a spreadsheet."""
    return cell is None or (isinstance(cell, float) and cell != cell) or not str(cell).strip()
