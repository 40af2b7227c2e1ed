"""The images that people are to compare: restorations of the same contents by several algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.predict.pairs import Pairs, pair_images

RESERVED = ("LR", "HR")
"""Names that mean something else beside the folders of the algorithms in a data set of votes."""


def images_to_judge(folders: Sequence[str], degraded: str | None = None) -> Pairs:
    """The restored images of each content.

    Parameters
    ----------
    folders
        One folder with a sub-folder for each algorithm, or one folder for each algorithm. Images of one name show one
        content; with ``degraded`` the rules of ``iqabench score`` say which belong together.
    degraded
        What the algorithms were given: a file, a folder or a pattern.

    Returns
    -------
    Pairs
        Rows as ``iqabench score`` takes them; ``content`` and ``algorithm`` can name files. A content that a single
        algorithm restored is left out, which a note says.

    Raises
    ------
    DataError
        If there are not two restorations of any content, or two images would take one name.
    """
    frames, notes, problems = [], [], []
    names = [Path(folder).expanduser().resolve().name for folder in folders]
    for folder, name in zip(folders, names, strict=True):
        if names.count(name) > 1:
            raise DataError(
                f"{folder}: two folders are called {name}, which names the algorithm; rename one, or put them all into "
                "one folder and name that"
            )
        found = pair_images(folder, degraded)
        frames.append(found.rows if len(folders) == 1 else _as_algorithm(found.rows, name))
        notes += found.notes
        problems += found.problems
    rows = pd.concat(frames, ignore_index=True)
    for column in ("content", "algorithm"):
        rows[column] = [_file_name(str(value)) for value in rows[column]]
    twice = rows[rows.duplicated(["content", "algorithm"])]
    if len(twice):
        image, content, algorithm = twice.iloc[0][["image_id", "content", "algorithm"]]
        raise DataError(f"{image}: a second image of content {content!r} by {algorithm!r}; rename or remove one")
    several = rows.groupby("content")["algorithm"].transform("size") > 1
    if not several.any():
        raise DataError(
            f"{', '.join(folders)}: no content was restored by two algorithms; name one folder for each "
            "algorithm, with images of the same names in them, or one folder that holds them"
        )
    single = rows.loc[~several, "content"]
    if len(single):
        left_out = counted(len(single), "content")
        notes.append(f"{left_out} left out, restored by one algorithm alone: {', '.join(single[:3])}")
    kept = rows[several].sort_values("image_id", ignore_index=True)
    return Pairs(kept, problems, list(dict.fromkeys(notes)))


def _as_algorithm(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of a folder that is one algorithm, or a group of them."""
    own = [f"{name}/{algorithm}" if algorithm else name for algorithm in rows["algorithm"]]
    return rows.assign(algorithm=own, image_id=[f"{name}/{image}" for image in rows["image_id"]])


def _file_name(name: str) -> str:
    """``name`` so that it can name a file or folder of a data set of votes."""
    plain = name.replace("/", "-").replace("\\", "-")
    return f"_{plain}" if plain.startswith(".") or plain in ("", *RESERVED) else plain
