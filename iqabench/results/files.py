"""What a results folder holds, checked when it is read: it may come from someone else, or from a broken disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.data.base import RATING_COLUMNS, VOTE_COLUMNS
from iqabench.data.rows import read_text
from iqabench.results.model import LABEL_COLUMNS

RUN_AGAIN = "; delete the folder to run again"
_MAX_JSON = 64 << 20


def read_json(path: Path, where: str = "", todo: str = RUN_AGAIN) -> dict[str, Any]:
    """Read a JSON object. Raises DataError for anything else, and for NaN and infinity.

    The error names the file, or ``where``, and ends with ``todo``.
    """
    try:
        value = json.loads(read_text(path, most=_MAX_JSON), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where or path}: cannot be read as JSON ({error}){todo}") from error
    if not isinstance(value, dict):
        raise DataError(f"{where or path}: holds {type(value).__name__} instead of an object{todo}")
    return value


def check_run(meta: Mapping[str, Any], path: Path) -> None:
    """Check ``run.json``. Raises DataError naming the field that no run of iqabench writes so."""
    from iqabench._util.records import checked
    from iqabench.results.schema import RunRecord

    checked(RunRecord, meta, str(path), DataError, RUN_AGAIN)


def check_training(meta: Mapping[str, Any], path: Path) -> None:
    """Check ``training.json``. Raises DataError naming the field that no training of iqabench writes so."""
    from iqabench._util.records import checked
    from iqabench.results.schema import TrainingRecord

    checked(TrainingRecord, meta, str(path), DataError, RUN_AGAIN)


def read_card_json(path: Path) -> dict[str, Any]:
    """Read the card kept beside the labels. Raises DataError."""
    from iqabench._util.records import checked
    from iqabench.results.schema import CardRecord

    card = read_json(path)
    checked(CardRecord, card, str(path), DataError, RUN_AGAIN)
    return card


def read_labels(path: Path) -> pd.DataFrame:
    """Read ``labels.csv``: texts as they stand, ``mos`` as float, NaN where empty. Raises DataError."""
    frame = _read_table(path, LABEL_COLUMNS, ("mos",))
    repeated = frame["image_id"][frame["image_id"].duplicated()]
    if len(repeated):
        raise DataError(f"{path}: image {repeated.iloc[0]!r} stands there twice; run again in another folder")
    return frame


def read_vote_table(path: Path) -> pd.DataFrame:
    """Read ``votes.csv`` of a results folder. Raises DataError."""
    frame = _read_table(path, VOTE_COLUMNS, ("votes_a", "votes_b"))
    if not (frame[["votes_a", "votes_b"]] >= 0).all(axis=None):
        raise DataError(f"{path}: a count of votes is missing or negative; run again in another folder")
    return frame


def read_rating_table(path: Path) -> pd.DataFrame:
    """Read ``ratings.csv`` of a results folder. Raises DataError."""
    frame = _read_table(path, RATING_COLUMNS, ("deviation", "judges"))
    if frame["image_id"].duplicated().any() or (frame[["deviation", "judges"]] < 0).any(axis=None):
        raise DataError(f"{path}: an image stands there twice, or a number is negative; run again in another folder")
    return frame


def _read_table(path: Path, columns: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    text = {name: str for name in columns if name not in numbers}
    try:
        frame = pd.read_csv(
            path, dtype=text, keep_default_na=False, na_values={name: [""] for name in numbers}, index_col=False
        )
        missing = [name for name in columns if name not in frame.columns]
        if missing:
            raise ValueError(f"the column {missing[0]} is missing")
        for name in numbers:
            frame[name] = pd.to_numeric(frame[name]).astype("float64")
            if np.isinf(frame[name]).any():
                raise ValueError(f"{name} is infinite")
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: cannot be read as a table ({error}); run again in another folder") from error
    return frame


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")
