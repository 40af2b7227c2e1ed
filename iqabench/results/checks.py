"""What ``iqabench check --ladder --save`` and ``--control --save`` left in a results folder, for the leaderboard.

``ROOT/checks/ladder.csv`` and ``control.csv`` hold one row for each method as it was made; a row is found again by
:func:`maker`, so that a figure never stands beside a run that another version, setting or training made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.files import locked, write_atomically

CHECKS_FOLDER = "checks"
KINDS = ("ladder", "control")
COLUMNS = ("method", "maker", "scope", "value", "low", "high", "images", "contents", "verdict")
"""``scope`` says on which pictures, or of which state of which data; ``verdict`` is empty for the ladder."""
_MADE_BY = ("method", "version", "code", "settings", "weights", "training", "selection", "precision")


def maker(identity: Mapping[str, Any]) -> str:
    """Digest of what made a method's scores but the data and the reference: of ``identity`` in ``run.json``."""
    from iqabench.results.store import digest

    # A check is made without a protocol, so that it says nothing of runs with one.
    by_protocol = {"protocol": identity["protocol"]} if identity.get("protocol") else {}
    return digest({name: identity.get(name) for name in _MADE_BY} | by_protocol)


def data_scope(dataset: str, fingerprint: str, split: str) -> str:
    """The scope of a control: one state of one data set, on a split (its digest, or ``all``)."""
    return f"{dataset}/{fingerprint}/{split}"


def save_checks(root: Path, kind: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Keep ``rows`` of :data:`COLUMNS` in ``root``; one of the same maker and scope is replaced. Returns the file."""
    path = root / CHECKS_FOLDER / f"{kind}.csv"
    with locked(path.parent, kind):
        before = read_checks(root)[kind]
        table = pd.concat(
            [before, pd.DataFrame(list(rows), columns=list(COLUMNS))]
            if len(before)
            else [pd.DataFrame(list(rows), columns=list(COLUMNS))]
        )
        table = table.drop_duplicates(["maker", "scope"], keep="last").sort_values(["method", "scope", "maker"])
        write_atomically(path, table.to_csv(index=False, lineterminator="\n"))
    return path


def read_checks(root: Path) -> dict[str, pd.DataFrame]:
    """The rows that are kept in ``root``, by kind; empty tables where nothing was saved.

    Raises
    ------
    DataError
        If a file is not one that :func:`save_checks` writes.
    """
    return {kind: _read(root / CHECKS_FOLDER / f"{kind}.csv") for kind in KINDS}


def _read(path: Path) -> pd.DataFrame:
    text = dict.fromkeys(("method", "maker", "scope", "verdict"), str)
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    try:
        table = pd.read_csv(
            path, dtype=text, keep_default_na=False, na_values={"value": [""], "low": [""], "high": [""]}
        )
        missing = [name for name in COLUMNS if name not in table.columns]
        if missing:
            raise ValueError(f"the column {missing[0]} is missing")
        table[["value", "low", "high"]] = table[["value", "low", "high"]].astype("float64")
        table[["images", "contents"]] = table[["images", "contents"]].astype("int64")
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: cannot be read as figures of 'iqabench check --save' ({error}); delete it and check again"
        ) from error
    return table
