"""CSV for spreadsheets and programs: all columns, full precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from iqabench.render.columns import describe
from iqabench.render.plain import printable

FORMULA_PREFIXES = ("=", "+", "-", "@")


def escape(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before ``= + - @``, controls are written out."""
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(FORMULA_PREFIXES) else shown


def to_csv(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """All rows as CSV; only text is escaped, numbers are written so that they read back as the same number.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    chosen = frame[[describe(frame, name).name for name in names]] if names else frame
    safe = chosen.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_safe).astype("object")
    return safe.to_csv(index=False, lineterminator="\n")


def _safe(value: Any) -> Any:
    return escape(value) if isinstance(value, str) else value
