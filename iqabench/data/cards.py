"""The card of a dataset, from ``card.toml`` beside its manifest."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from iqabench._util.errors import DataError
from iqabench.data.base import Card
from iqabench.data.tomlfile import read_toml

CARD_FILE = "card.toml"
_MOS_KEYS = ("mos_higher_is_better", "mos_range")


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
    from iqabench._util.records import checked
    from iqabench.data.card_file import CardFile

    said = checked(CardFile, values, str(path), DataError)
    return replace(default, **said.model_dump(exclude_unset=True))
