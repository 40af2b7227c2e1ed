"""What a results folder holds, checked when it is read: it may come from someone else, or from a broken disk."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.data.base import LABEL_KINDS, VOTE_COLUMNS
from iqabench.data.rows import read_text
from iqabench.results.model import LABEL_COLUMNS

_TEXT, _WHOLE, _NUMBER, _WORDS, _TABLE, _YES_NO = (
    "text",
    "a whole number",
    "a number",
    "texts",
    "a table",
    "true or false",
)

RUN_FIELDS = {
    **dict.fromkeys(("run_id", "fingerprint", "paradigm", "selection", "dataset", "label_version", "precision"), _TEXT),
    **dict.fromkeys(("failure", "device", "started", "finished", "reference", "status"), _TEXT),
    **dict.fromkeys(("signature", "scores_sha256"), _TEXT),
    **dict.fromkeys(("seed", "n_expected", "n_scored", "params", "batch_size"), _WHOLE),
    **dict.fromkeys(("gflops", "ms_per_image"), _NUMBER),
    **dict.fromkeys(("identity", "parameters", "split", "training", "weights", "git", "versions", "method"), _TABLE),
    "notes": _WORDS,
}
IDENTITY_FIELDS = {
    **dict.fromkeys(("method", "version", "training", "selection", "reference", "upsampling", "pixels"), _TEXT),
    **dict.fromkeys(("dataset", "fingerprint", "split", "precision", "tiles"), _TEXT),
    **dict.fromkeys(("code", "settings", "weights"), _TABLE),
    "tf32": _YES_NO,
}
CODE_FIELDS = dict.fromkeys(("source", "sha256"), _TEXT)
METHOD_FIELDS = {
    **dict.fromkeys(("name", "version", "summary", "citation"), _TEXT),
    **dict.fromkeys(("paradigms", "trained_on"), _WORDS),
    **dict.fromkeys(("lower_is_better", "trainable"), _YES_NO),
}
SPLIT_FIELDS = {**dict.fromkeys(("name", "digest"), _TEXT), "seed": _WHOLE}
GIT_FIELDS = {"commit": _TEXT, "dirty": _YES_NO}
TRAINING_FIELDS = {
    **dict.fromkeys(
        ("id", "method", "recipe", "dataset", "fingerprint", "split", "split_name", "label_kind", "start_kind"), _TEXT
    ),
    **dict.fromkeys(("epochs", "seed", "rows", "contents", "algorithms", "best_epoch"), _WHOLE),
    "seconds": _NUMBER,
    "notes": _WORDS,
}
CARD_FIELDS = {
    **dict.fromkeys(("name", "version", "label_kind", "label_version", "licence", "citation", "description"), _TEXT),
    **dict.fromkeys(("split", "split_digest", "labels_sha256", "votes_sha256"), _TEXT),
    "mos_higher_is_better": _YES_NO,
    "scored": _WHOLE,
}
LARGEST_WHOLE = 2**53
_MAX_JSON = 64 << 20


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises DataError, naming the file, for anything else, and for NaN and infinity."""
    try:
        value = json.loads(read_text(path, most=_MAX_JSON), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as JSON ({error}); delete the folder to run again") from error
    if not isinstance(value, dict):
        raise DataError(f"{path}: holds {type(value).__name__} instead of an object; delete the folder to run again")
    return value


def check_run(meta: Mapping[str, Any], path: Path) -> None:
    """Check ``run.json``. Raises DataError naming the field that no run of iqabench writes so."""
    _check(meta, RUN_FIELDS, ("method", "reference", "status"), path, "")
    method = meta["method"]
    # Of a method every field is known, so none that is there may be null.
    there = [name for name in METHOD_FIELDS if name in method]
    _check(method, METHOD_FIELDS, ("name", "lower_is_better", *there), path, "method.")
    identity = meta.get("identity")
    if identity is not None:
        required = [name for name in IDENTITY_FIELDS if name not in ("code", "training", "upsampling")]
        _check(identity, IDENTITY_FIELDS, tuple(required), path, "identity.")
        if identity.get("code") is not None:
            _check(identity["code"], CODE_FIELDS, tuple(CODE_FIELDS), path, "identity.code.")
    _check(meta.get("split") or {}, SPLIT_FIELDS, (), path, "split.")
    _check(meta.get("git") or {}, GIT_FIELDS, (), path, "git.")
    check_training(meta.get("training") or {}, path, "training.")


def check_training(meta: Mapping[str, Any], path: Path, where: str = "") -> None:
    """Check ``training.json``, or what ``run.json`` says of the training."""
    _check(meta, TRAINING_FIELDS, () if where else ("notes",), path, where)


def read_card_json(path: Path) -> dict[str, Any]:
    """Read the card kept beside the labels. Raises DataError."""
    card = read_json(path)
    _check(card, CARD_FIELDS, ("name", "split"), path, "")
    if card.get("label_kind", "none") not in LABEL_KINDS:
        raise _wrong(path, "label_kind", card["label_kind"], f"one of {', '.join(LABEL_KINDS)}")
    bounds = card.get("mos_range")
    if bounds is not None and not (isinstance(bounds, list) and len(bounds) == 2 and all(map(_is_number, bounds))):
        raise _wrong(path, "mos_range", bounds, "two numbers")
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


def _check(
    meta: Mapping[str, Any], fields: Mapping[str, str], required: tuple[str, ...], path: Path, where: str
) -> None:
    for name in required:
        if meta.get(name) is None:
            raise DataError(f"{path}: not a run of iqabench, {where}{name} is missing; delete the folder to run again")
    for name, kind in fields.items():
        value = meta.get(name)
        if value is not None and not _is(value, kind):
            raise _wrong(path, f"{where}{name}", value, kind)


def _is(value: Any, kind: str) -> bool:
    if kind == _TEXT:
        return isinstance(value, str)
    if kind == _YES_NO:
        return isinstance(value, bool)
    if kind == _WHOLE:
        return _is_number(value) and isinstance(value, int) and abs(value) <= LARGEST_WHOLE
    if kind == _NUMBER:
        return _is_number(value)
    if kind == _WORDS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, dict)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(path: Path, name: str, value: Any, wanted: str) -> DataError:
    return DataError(f"{path}: {name} is {value!r}, not {wanted}; delete the folder to run again")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")
