"""From rows to manifest and vote frames, and the question whether their files are there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import DataError
from iqabench.data.base import MANIFEST_COLUMNS, RATING_COLUMNS, VOTE_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

PATH_COLUMNS = ("image", "degraded", "pristine")

_EMPTY: dict[str, object] = {
    "degraded": None,
    "pristine": None,
    "content": "",
    "algorithm": "",
    "category": "",
    "task": "",
    "mos": float("nan"),
}


def manifest_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Build a frame with exactly MANIFEST_COLUMNS, sorted by ``image_id``; absent cells become unknown.

    Parameters
    ----------
    rows
        One mapping for each restored image. ``image_id`` (unique, the same on every machine) and ``image`` (an absolute
        path) are needed. Where known: ``degraded`` and ``pristine`` (paths, or None), ``content``, ``algorithm``,
        ``category``, ``task`` (text), ``mos`` (a number).

    Examples
    --------
    >>> from iqabench import manifest_frame
    >>> manifest_frame([{"image_id": "b", "image": "/b.png"}, {"image_id": "a", "image": "/a.png", "mos": 3}])["mos"]
    0    3.0
    1    NaN
    Name: mos, dtype: float64
    """
    import pandas as pd

    # Column by column: hundreds of thousands of rows take much more memory as mappings, which need not all be there.
    columns: dict[str, list[object]] = {name: [] for name in MANIFEST_COLUMNS}
    for row in rows:
        for name, cells in columns.items():
            cells.append(row.get(name, _EMPTY.get(name)))
    # dtype=object keeps None as None and "0809" as text, whatever pandas infers today.
    frame = pd.DataFrame(columns, dtype=object)
    frame["mos"] = frame["mos"].astype(float)
    return frame.sort_values("image_id", ignore_index=True)


def rating_frame(rows: Sequence[tuple[str, float, float]]) -> pd.DataFrame:
    """Rows of (image id, standard deviation, number of judges), NaN where unknown, sorted by image."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(RATING_COLUMNS))
    return frame.astype({"deviation": float, "judges": float}).sort_values("image_id", ignore_index=True)


def vote_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Build a frame with exactly VOTE_COLUMNS, sorted by its images; votes are floats (shares are allowed)."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(VOTE_COLUMNS), dtype=object)
    frame[["votes_a", "votes_b"]] = frame[["votes_a", "votes_b"]].astype(float)
    return frame.sort_values(["content", "image_id_a", "image_id_b"], ignore_index=True)


def is_file(path: str | Path) -> bool:
    """True for an existing file; False, not an error, for a path that no file can have."""
    return os.path.isfile(path)  # noqa: PTH113  Path.is_file raises on names that are too long


def missing_files(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Return ``(path, image_id of the first row that names it)`` of every file that is not there."""
    named: dict[str, str] = {}
    for column in PATH_COLUMNS:
        for path, image_id in zip(frame[column], frame["image_id"], strict=True):
            if isinstance(path, str):
                named.setdefault(path, image_id)
    return [(path, image_id) for path, image_id in named.items() if not is_file(path)]


def require_files(name: str, frame: pd.DataFrame) -> None:
    """Raise DataError naming the first missing file and how many are missing in all."""
    missing = missing_files(frame)
    if missing:
        path, image_id = missing[0]
        count = f"; {len(missing)} files are missing in all" if len(missing) > 1 else ""
        raise DataError(
            f"dataset {name}: {path} (row {image_id}) is missing{count}. "
            "Complete the dataset; 'iqabench data check' lists every missing file"
        )
