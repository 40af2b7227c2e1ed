"""CSV for spreadsheets and programs: values in full precision."""

from __future__ import annotations

import csv
import io
from typing import Any

from iqabench._util.text import printable
from iqabench.render.table import Table

FORMULA_PREFIXES = ("=", "+", "-", "@")


def escape(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before ``= + - @``, controls are written out."""
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(FORMULA_PREFIXES) else shown


def to_csv(table: Table) -> str:
    """The values; only text is escaped, numbers are written so that they read back as the same number."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([column.name for column in table.columns])
    lines.writerows([_safe(cell.value) for cell in row.cells] for row in table.rows)
    return text.getvalue()


def _safe(value: Any) -> Any:
    return escape(value) if isinstance(value, str) else value
