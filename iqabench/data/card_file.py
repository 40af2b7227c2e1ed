"""What ``card.toml`` may say. Import this module where a card is read: it imports pydantic."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import ConfigDict, field_validator

from iqabench._util.records import Lenient, Record, Text
from iqabench.data.base import LabelKind, LabelScope

Bounds = Annotated[tuple[float, float], Lenient]


class CardFile(Record):
    """The fields of :class:`iqabench.data.base.Card`; what a card leaves out keeps its default."""

    model_config = ConfigDict(str_strip_whitespace=True)

    name: Text = ""
    version: Text = ""
    label_kind: LabelKind = "human"
    label_version: Text = ""
    label_scope: LabelScope = ""
    mos_higher_is_better: bool = True
    mos_range: Bounds | None = None
    licence: Text = ""
    citation: Text = ""
    description: Text = ""

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"{name!r} cannot name a data set; use letters, digits, '.', '_' and '-' only")
        return name

    @field_validator("mos_range")
    @classmethod
    def _lower_first(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] >= bounds[1]:
            raise ValueError("must be two numbers, the lower one first, e.g. mos_range = [0, 100]")
        return bounds
