"""What the file of a protocol may hold. Import this module where one is read: it imports pydantic."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from iqabench._util.records import ClosedRecord
from iqabench.data.protocols.protocol import FLOAT, WHOLE

LARGEST = 1 << 16
"""Pixels: beyond any image."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.\-]{0,39}")


def _short_name(value: Any) -> Any:
    if isinstance(value, str) and not _NAME.fullmatch(value):
        raise ValueError(f"{value!r}: use small letters, digits, dots and dashes, 40 at most")
    return value


def _window(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST
    if value != WHOLE and not whole:
        raise ValueError(f"{value!r}: it must be 'whole', or the side of a square in pixels, from 1 to {LARGEST}")
    return value


class ProtocolFile(ClosedRecord):
    """The fields of :class:`iqabench.data.protocols.protocol.ScoringProtocol`."""

    name: Annotated[str, BeforeValidator(_short_name)]
    summary: str = ""
    colour: Literal["rgb", "y"] = "rgb"
    border: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    resize: Literal["nearest", "bilinear", "bicubic", "lanczos", "none"] = "bicubic"
    bits: Literal[8, 32] = 8
    crop: Annotated[int | str, BeforeValidator(_window)] = WHOLE

    @model_validator(mode="after")
    def _bits_of_luma(self) -> Self:
        if self.bits == FLOAT and self.colour == "rgb":
            raise ValueError("bits = 32 is for colour = 'y': RGB images have 8 bits")
        return self
