"""What a page of pairs shows: the record that stands in the page, and that answers refer to by its digest."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from iqabench._util.errors import DataError
from iqabench._util.records import Record, checked

Kind = Literal["pair", "repeat", "swapped", "obvious"]
VERSION = 1
PLAN = re.compile(r'<script type="application/json" id="plan">(.*?)</script>', re.DOTALL)
PICTURES = re.compile(r'<script type="application/json" id="pictures">(.*?)</script>', re.DOTALL)


class PlanImage(Record):
    """One image of the page."""

    content: str
    algorithm: str
    """Empty for what the algorithms were given, and for images that were spoilt for an obvious pair."""
    width: int
    height: int
    sha256: str
    """Of its pixels, 8-bit RGB, row by row."""

    @field_validator("content", "algorithm")
    @classmethod
    def _names_a_file(cls, name: str) -> str:
        if "/" in name or "\\" in name or name.startswith(".") or "\x00" in name:
            raise ValueError(f"{name!r} cannot name a file")
        return name


class PlanPair(Record):
    """Two images to choose between."""

    id: str
    kind: Kind
    a: str
    b: str
    """Keys of the two images."""
    of: str = ""
    """The pair that a repeated pair repeats."""
    why: str = ""
    """Why it was chosen."""


class Plan(Record):
    """All that a page shows, in the order in which it was chosen; a judge sees an order of their own."""

    format: Literal["judging-page"] = "judging-page"
    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    digest: str = ""
    """SHA-256 of everything else."""
    choose: str
    seed: int
    methods: tuple[str, ...] = Field(default=(), strict=False)
    """Signatures of the metrics that chose."""
    images: dict[str, PlanImage]
    given: dict[str, str]
    """Key of the degraded image by content."""
    pairs: tuple[PlanPair, ...] = Field(strict=False)
    folder: str = ""
    """Folder of the images beside the page; empty if they stand in the page."""

    @field_validator("folder")
    @classmethod
    def _lies_beside(cls, folder: str) -> str:
        if "/" in folder or "\\" in folder or folder in (".", ".."):
            raise ValueError(f"{folder!r} is no folder beside the page")
        return folder

    @model_validator(mode="after")
    def _belongs_together(self) -> Plan:
        known = {pair.id: pair for pair in self.pairs if pair.kind == "pair"}
        if len({pair.id for pair in self.pairs}) < len(self.pairs):
            raise ValueError("two pairs have one name")
        for key in self.images:
            if not re.fullmatch(r"i[0-9]+", key):
                raise ValueError(f"{key!r} is no key of an image")
        for pair in self.pairs:
            if not {pair.a, pair.b} <= set(self.images):
                raise ValueError(f"pair {pair.id} names an image that is not there")
            if (pair.kind in ("repeat", "swapped")) != (pair.of in known):
                raise ValueError(f"pair {pair.id} repeats {pair.of!r}")
        return self

    def signed(self) -> Plan:
        """The same with its digest."""
        return self.model_copy(update={"digest": self._computed()})

    def as_text(self) -> str:
        """As JSON that can stand in a script element."""
        return safe_json(self.model_dump())

    def _computed(self) -> str:
        said = self.model_dump(exclude={"digest"}, mode="json")
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def safe_json(value: object) -> str:
    """JSON that no name in it can end early, wherever it stands in a page."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def read_plan(page: Path) -> tuple[Plan, dict[str, str]]:
    """The plan of a page, and its pictures as data addresses by key; none if they lie beside the page.

    Raises
    ------
    DataError
        If the file is no page of pairs, or was changed.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{page}: no page that can be read ({error}); name what 'iqabench judge export' wrote"
        ) from error
    found, pictures = PLAN.search(text), PICTURES.search(text)
    if found is None or pictures is None:
        raise DataError(f"{page}: no page of pairs; name the page that 'iqabench judge export' wrote")
    try:
        said, addresses = json.loads(found[1]), json.loads(pictures[1])
    except (ValueError, RecursionError) as error:
        raise DataError(f"{page}: its plan is no JSON ({error}); take the page as it was written") from error
    plan = checked(Plan, said, str(page), DataError, "; take the page as it was written")
    if plan.signed().digest != plan.digest:
        raise DataError(f"{page}: its pairs were changed since it was written; take the page as it was written")
    return plan, addresses
