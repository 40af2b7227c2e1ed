"""JSON: a list with one object per row, ``null`` where a figure does not apply."""

from __future__ import annotations

import json
import math
from typing import Any

from iqabench.render.table import Table


def to_json(table: Table, ascii_only: bool = False) -> str:
    """The values as a JSON list, numbers in full precision.

    ``ascii_only`` escapes all other characters, also those of file names that are no valid text.
    """
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, (_finite(cell.value) for cell in row.cells), strict=True)) for row in table.rows]
    return json.dumps(rows, indent=1, allow_nan=False, ensure_ascii=ascii_only) + "\n"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
