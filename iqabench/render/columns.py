"""Which columns a printed table has, what stands above them, and how their figures are written."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from iqabench._util.errors import UserError
from iqabench._util.text import did_you_mean
from iqabench.render.table import Column
from iqabench.results.checks import KINDS
from iqabench.stats.leaderboard import COLUMNS
from iqabench.stats.table import LEADERBOARD

WHOLE_NUMBERS = (
    *("rank", "params", "n", "images", "contents", "pair_count", "vote_pairs", "seeds", "splits"),
    *("tested_pairs", "tested_contents", "ablations_hidden"),
)
NEEDED = ("rank", "method", "srcc", "vote_agreement")
"""They stay in the narrowest terminal."""
INTERVALS = {one.name: one.interval for one in LEADERBOARD if one.interval} | {
    kind: (f"{kind}_low", f"{kind}_high") for kind in KINDS
}
"""Columns with the bounds of the interval that stands beside a figure."""


def _column(name: str, label: str, better: int = 0, digits: int | None = None, explanation: str = "") -> Column:
    return Column(
        name,
        label,
        better,
        digits,
        numeric=digits is not None or name in WHOLE_NUMBERS,
        explanation=explanation,
        heading=name == "method",
        needed=name in NEEDED,
    )


KNOWN = {
    column.name: column
    for column in (
        _column("rank", "#"),
        _column("method", "method"),
        _column("paradigm", "paradigm"),
        _column("reference", "reference"),
        _column("selection", "epoch"),
        _column("variant", "variant"),
        _column("settings", "settings"),
        _column("group", "group"),
        _column(
            "level_with",
            "level with #",
            explanation="Ranks of the runs that cannot be told apart from this one",
        ),
        _column(
            "seeds",
            "seeds",
            explanation="Seeds of training; figures are means over them, ± their standard deviation",
        ),
        _column("splits", "splits"),
        _column("coverage", "coverage", +1, 3, "Share of the images that have a score"),
        *(_column(one.name, one.label, one.better, one.digits, one.explanation) for one in LEADERBOARD),
        _column("ladder", "ladder", +1, 3, "Share of pairs in which the stronger fault scores worse"),
        _column("control", "control", +1, 3, "Agreement beside the right degraded image minus that beside a wrong one"),
        _column("gflops", "GFLOPs", -1, 2),
        _column(
            "ms_per_image",
            "ms/image",
            -1,
            1,
            "Time to score one image on the machine of the run, in milliseconds, without what a first call loads",
        ),
    )
}
DEFAULT = (
    *("rank", "method", "paradigm", "reference", "selection", "variant", "level_with", "splits"),
    *(one.name for one in LEADERBOARD if one.printed),
    *("coverage", "params", "gflops", "ms_per_image"),
)


def choose(frame: pd.DataFrame, names: Sequence[str] | None = None) -> list[Column]:
    """The columns named, or by default those that say something about these rows; the method's always among them.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    if names:
        # A row without its method means nothing.
        return [describe(frame, name) for name in (names if "method" in names else ["method", *names])]
    return [describe(frame, name) for name in DEFAULT if name in frame.columns and _says_something(frame, name)]


def require_columns(names: Sequence[str]) -> None:
    """Raise UserError for a name that no leaderboard has as a column: what is to be shown is known before it is."""
    for name in names:
        if name not in COLUMNS:
            raise unknown_column(name, COLUMNS)


def unknown_column(name: str, known: Sequence[str]) -> UserError:
    """The error that says there is no column of this name."""
    usual = ", ".join(one for one in DEFAULT if one in known)
    more = f"--format csv writes all {len(known)}"
    return UserError(f"unknown column {name!r}{did_you_mean(name, known)} Usual columns: {usual}; {more}")


def describe(frame: pd.DataFrame, name: str) -> Column:
    """The column of this name; a column that has no entry above is written as it stands.

    Raises
    ------
    UserError
        If the frame has no such column.
    """
    if name not in frame.columns:
        raise unknown_column(name, list(frame.columns))
    digits = 4 if pd.api.types.is_float_dtype(frame[name]) else None
    return KNOWN.get(name) or _column(name, name.replace("_", " "), digits=digits)


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
