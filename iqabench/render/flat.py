"""A frame as a table for programs: every column, every value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from iqabench.render.table import Cell, Column, Row, Table


def flat(frame: pd.DataFrame) -> Table:
    """A table with the values of ``frame`` and the names of its columns, which is what CSV and JSON write."""
    columns = [map(plain, column.tolist()) for _, column in frame.items()]
    return Table(
        [Column(str(name), str(name)) for name in frame.columns],
        [Row([Cell(value=value) for value in row]) for row in zip(*columns, strict=True)],
    )


def plain(value: Any) -> Any:
    """A value of a frame as Python's own; None where it is null."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
