"""Which columns a printed table has, what stands above them, and how their figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from iqabench._util.errors import UserError
from iqabench.stats.table import LEADERBOARD


@dataclass(frozen=True)
class Column:
    """One column of a printed table."""

    name: str
    """Name in the tidy frame."""
    header: str
    better: int = 0
    """+1 if higher is better, -1 if lower, 0 if neither: then nothing is marked as best."""
    digits: int | None = None
    """Digits after the point; None for text and whole numbers."""
    interval: tuple[str, str] | None = None
    """Names of the columns that hold the bounds of its interval."""

    @property
    def spread(self) -> str:
        """Name of the column that holds the standard deviation over seeds or splits, where there is one."""
        return f"{self.name}_sd"

    @property
    def numeric(self) -> bool:
        """True if it is set flush right."""
        return self.digits is not None or self.name in WHOLE_NUMBERS


WHOLE_NUMBERS = (
    *("rank", "params", "n", "images", "contents", "pair_count", "vote_pairs", "seeds", "splits"),
    *("tested_pairs", "tested_contents"),
)

KNOWN = {
    column.name: column
    for column in (
        Column("rank", "#"),
        Column("method", "method"),
        Column("paradigm", "paradigm"),
        Column("reference", "reference"),
        Column("selection", "epoch"),
        Column("variant", "variant"),
        Column("settings", "settings"),
        Column("group", "group"),
        Column("level_with", "level with #"),
        Column("seeds", "seeds"),
        Column("splits", "splits"),
        Column("coverage", "coverage", +1, 3),
        *(Column(one.name, one.label, one.better, one.digits, one.interval) for one in LEADERBOARD),
        Column("gflops", "GFLOPs", -1, 2),
        Column("ms_per_image", "ms/image", -1, 1),
    )
}
DEFAULT = (
    *(
        "rank",
        "method",
        "paradigm",
        "reference",
        "selection",
        "variant",
        "level_with",
        "splits",
        "srcc",
        "plcc",
        "krcc",
    ),
    *("srcc_pooled", "plcc_logistic", "pair_accuracy", "vote_agreement", "coverage", "params", "gflops"),
    "ms_per_image",
)


def choose(frame: pd.DataFrame, names: Sequence[str] | None = None) -> list[Column]:
    """The columns named, or by default those that say something about these rows.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    if names:
        return [describe(frame, name) for name in names]
    return [describe(frame, name) for name in DEFAULT if name in frame.columns and _says_something(frame, name)]


def describe(frame: pd.DataFrame, name: str) -> Column:
    """The column of this name; a column that has no entry above is written as it stands.

    Raises
    ------
    UserError
        If the frame has no such column.
    """
    if name not in frame.columns:
        close = get_close_matches(name, frame.columns, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise UserError(f"unknown column {name!r}{meant} Columns: {', '.join(frame.columns)}")
    digits = 4 if pd.api.types.is_float_dtype(frame[name]) else None
    return KNOWN.get(name) or Column(name, name.replace("_", " "), digits=digits)


def _says_something(frame: pd.DataFrame, name: str) -> bool:
    values = frame[name]
    if name == "selection":
        return len(set(values) - {"none"}) > 1
    if name == "variant":
        return bool((values != "").any())
    if name == "splits":
        return bool((values.dropna() > 1).any())
    if name == "coverage":
        return bool((values < 1).any())
    return bool(values.notna().any())


def sort_rows(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows in the order of one column: best first where a direction is known, else ascending; nulls last.

    Raises
    ------
    UserError
        If the frame has no such column.
    """
    column = describe(frame, name)
    return frame.sort_values(name, ascending=column.better <= 0, kind="stable", ignore_index=True)
