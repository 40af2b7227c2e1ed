"""What a protocol is: the settings of a figure that papers seldom say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from iqabench._util.errors import DataError
from iqabench._util.text import counted

WHOLE = "whole"
"""A protocol's ``crop`` that keeps all pixels."""
REFUSED = "none"
"""A protocol's ``resize`` that enlarges no degraded image."""
FLOAT = 32
"""``bits`` of luma that is not rounded."""
HEX = 8
"""Digits of a protocol's digest where it is shown to people."""


@dataclass(frozen=True)
class ScoringProtocol:
    """How images are brought before a method: the restored one and what is shown beside it, both alike."""

    name: str
    colour: str = "rgb"
    """``rgb``, or ``y``: BT.601 luma on the studio range (16 to 235), three equal channels of it."""
    border: int = 0
    """Pixels of the restored image cut off on each side; of what is shown as many, once it has its size."""
    resize: str = "bicubic"
    """How a smaller degraded image is enlarged: ``nearest``, ``bilinear``, ``bicubic``, ``lanczos``; ``none``
    refuses it."""
    bits: int = 8
    """8: levels are whole numbers, also those of luma; 32: luma is not rounded."""
    crop: int | str = WHOLE
    """Side in pixels of the central square that is scored, or ``whole``."""
    summary: str = ""

    @property
    def rules(self) -> dict[str, Any]:
        """What makes pixels: everything but the name and the summary."""
        facts = asdict(self)
        return {name: value for name, value in facts.items() if name not in ("name", "summary")}

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that stand for :attr:`rules`."""
        canonical = json.dumps(self.rules, sort_keys=True, separators=(",", ":"))
        return blake2b(canonical.encode(), digest_size=8).hexdigest()

    @property
    def identity(self) -> dict[str, Any]:
        """What stands in the identity of a run: name, digest and rules, so that it can be carried out again."""
        return {"name": self.name, "digest": self.digest, **self.rules}

    @property
    def words(self) -> str:
        """The rules as people say them: ``luma Y (BT.601, not rounded), 4 pixels cut off each side, ...``."""
        rounded = "not rounded" if self.bits == FLOAT else "rounded to 8 bits"
        colour = "RGB, 8 bits" if self.colour == "rgb" else f"luma Y (BT.601, {rounded}, three equal channels)"
        border = f"{counted(self.border, 'pixel')} cut off each side" if self.border else "no border cut off"
        refused = "a smaller degraded image is refused"
        enlarged = refused if self.resize == REFUSED else f"a smaller degraded image is enlarged by {self.resize} first"
        window = "whole images" if self.crop == WHOLE else f"the central {self.crop}x{self.crop} pixels"
        return f"{colour}; {border}; {window}; {enlarged}"

    def scored_size(self, height: int, width: int, image: str = "an image") -> tuple[int, int]:
        """``(h, w)`` of what a method sees of an image of ``(H, W)``.

        Raises
        ------
        DataError
            If the image, which ``image`` names, is too small.
        """
        inner = (height - 2 * self.border, width - 2 * self.border)
        least = 1 if self.crop == WHOLE else int(self.crop)
        if min(inner) < least:
            need = least + 2 * self.border
            raise DataError(
                f"{image}: {width}x{height} pixels, but protocol {self.name} needs at least {need}x{need}; leave the "
                "image out, or choose another protocol (iqabench list protocols)"
            )
        return inner if self.crop == WHOLE else (least, least)
