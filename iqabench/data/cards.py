"""The card of a dataset, from ``card.toml`` beside its manifest."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card
from iqabench.data.tomlfile import read_toml

CARD_FILE = "card.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MOS_KEYS = ("mos_higher_is_better", "mos_range")
_TEXTS = ("name", "version", "label_kind", "label_version", "licence", "citation", "description")


def slug(text: str) -> str:
    """Turn a file's or folder's name into a dataset name, which also names a folder of results."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._") or "dataset"


def read_card(folder: Path, default: Card) -> Card:
    """Return ``default`` with what ``folder/card.toml`` says, where there is one.

    Known keys are the fields of :class:`Card`. Others are ignored on purpose: a card may also list the
    origin of every photograph, which is for people. Only those that begin with ``mos`` are refused, since they are
    meant for us.

    Raises
    ------
    DataError
        If the file is not TOML or a known key has a value of the wrong kind.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        return default
    values = read_toml(path)
    unknown = [key for key in values if key.startswith(("mos", "dmos")) and key not in _MOS_KEYS]
    if unknown:
        raise DataError(
            f"{path}: unknown key {unknown[0]!r}; a card says of its labels mos_higher_is_better = true or false, and "
            "mos_range = [LOWEST, HIGHEST]"
        )
    known: dict[str, Any] = {}
    for key in _TEXTS:
        if key in values:
            known[key] = _text(path, key, values[key])
    if "mos_higher_is_better" in values:
        if not isinstance(values["mos_higher_is_better"], bool):
            raise DataError(f"{path}: mos_higher_is_better must be true or false")
        known["mos_higher_is_better"] = values["mos_higher_is_better"]
    if "mos_range" in values:
        known["mos_range"] = _range(path, values["mos_range"])
    if not _NAME.fullmatch(known.get("name", default.name)):
        raise DataError(f"{path}: name {known['name']!r}; use letters, digits, '.', '_' and '-' only")
    try:
        return replace(default, **known)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _text(path: Path, key: str, value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise DataError(f'{path}: {key} must be text, e.g. {key} = "..."')


def _range(path: Path, value: Any) -> tuple[float, float]:
    numbers = value if isinstance(value, list) else []
    if len(numbers) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        low, high = float(numbers[0]), float(numbers[1])
        if low < high < float("inf") and low > float("-inf"):
            return low, high
    raise DataError(f"{path}: mos_range must be two numbers, the lower one first, e.g. mos_range = [0, 100]")
