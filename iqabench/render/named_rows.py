"""How sentences below a table name its rows: all of a method, or one by the id of its run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iqabench.results.signature import HEX
from iqabench.stats.arrays import Floats

ALIKE = ("method", "reference", "selection")
"""What a sentence below the table says of a row anyway, or need not say."""

NAMED = "name in sentences"
"""Column added for the sentences: a :class:`NamedRow` for each row."""


class NamedRow(NamedTuple):
    """How a row is named in a sentence."""

    kind: tuple[object, ...]
    """Its :data:`ALIKE`."""
    rows: int
    """Rows of that kind."""
    method: str
    name: str
    """Tells it apart from the others of its kind."""


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """A column of numbers or booleans, ``(rows,)``; NaN where there is none."""
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


Rows = pd.Series | NDArray[np.bool_]


def chosen(frame: pd.DataFrame, rows: Rows) -> list[NamedRow]:
    """The names of some rows."""
    return list(compress(frame[NAMED], rows))


def grouped(
    frame: pd.DataFrame, rows: Rows, *columns: str | pd.Series, sort: bool = True
) -> Iterable[tuple[tuple[object, ...], list[NamedRow]]]:
    """The names of some rows by the values of ``columns``; a row that lacks one of these is left out.

    In plain Python: pandas' own grouping takes much longer for the few rows of a table.
    """
    found: dict[tuple[object, ...], list[NamedRow]] = {}
    if rows.any():
        values = [frame[one] if isinstance(one, str) else one for one in columns]
        for here, named, *key in zip(rows, frame[NAMED], *values, strict=True):
            if here and not any(map(pd.isna, key)):
                found.setdefault(tuple(key), []).append(named)
    return sorted(found.items(), key=lambda one: tuple(map(str, one[0]))) if sort else found.items()


def names_of(rows: Sequence[NamedRow]) -> str:
    """Names of rows: of one method where all rows that share its name are meant, else with the id of the run."""
    meant = Counter(one.kind for one in rows)
    return ", ".join(dict.fromkeys(one.method if meant[one.kind] == one.rows else one.name for one in rows))


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with the column :data:`NAMED`."""
    kinds = list(zip(*(frame[name] for name in ALIKE), strict=True))
    alike = Counter(kinds)
    named = []
    for kind, run_id in zip(kinds, frame["run_id"], strict=True):
        method = str(kind[0])
        name = method if alike[kind] == 1 else f"{method}#{str(run_id)[:HEX]}"
        named.append(NamedRow(kind, alike[kind], method, name))
    return frame.assign(**{NAMED: pd.Series(named, index=frame.index, dtype=object)})
