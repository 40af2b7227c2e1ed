"""JSON: a list with one object per row, ``null`` where a figure does not apply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from iqabench.render.columns import describe


def to_json(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """All rows as a JSON list, numbers in full precision.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    columns = [describe(frame, name).name for name in names] if names else list(frame.columns)
    rows = [{name: _plain(value) for name, value in zip(columns, row, strict=True)} for row in _tuples(frame[columns])]
    return json.dumps(rows, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _tuples(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.astype("object").itertuples(index=False, name=None))


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
