"""The pictures of the page: one card for each restored image, and the degraded and pristine images beside them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from iqabench._util.progress import Overview
from iqabench._util.text import printable
from iqabench.data.images import Pixels, header_of, upsample
from iqabench.data.references import whole_factor
from iqabench.predict.page.crops import Crop, most_different
from iqabench.predict.page.heat import ContentHeat, HeatMaps, Restoration
from iqabench.predict.page.pictures import Picture, Pictures, shown_pixels
from iqabench.predict.page.strips import Score
from iqabench.predict.pairs import PARTNERS
from iqabench.predict.same_content import ALIKE
from iqabench.predict.score_pairs import MethodScores

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class ShownInput:
    """A degraded or pristine image as the methods saw it, at the size of the restored one."""

    key: str
    """Name of its style, and in the comparison."""
    path: str
    kind: str
    """``degraded`` or ``pristine``."""
    picture: Picture
    crop: Crop
    enlarged: str
    """Its size in words."""


@dataclass
class RestoredCard:
    """One restored image."""

    place: int
    image: str
    content: str
    algorithm: str
    picture: Picture | None
    crop: Crop | None
    partners: dict[str, ShownInput]
    """By kind; what has no picture is left out."""
    scores: list[Score]
    values: str
    """JSON: one number per method, higher is better, null where missing; what the page sorts by."""
    strange: str
    error: str
    heat: dict[str, str] = field(default_factory=dict)
    """Data address of the heat map by column."""

    @property
    def shown(self) -> ShownInput | None:
        """What stands beside it on its card."""
        return self.partners.get("degraded") or self.partners.get("pristine")


@dataclass(frozen=True)
class Gallery:
    """All cards, in the order of the rows, and the scales of their heat maps."""

    cards: list[RestoredCard]
    scales: dict[str, dict[str, ContentHeat]]
    """By content and column."""


def make_cards(
    frame: pd.DataFrame,
    scores: pd.DataFrame,
    columns: Sequence[MethodScores],
    drawn: Sequence[Sequence[Score]],
    pictures: Pictures,
    heats: HeatMaps | None,
    overview: Overview,
) -> Gallery:
    """The cards of ``frame``'s rows, made content by content; ``drawn`` are the scores by column and row."""
    bar = overview.add("pictures for the page", len(frame))
    if heats is not None:
        heats.begin(len(frame))
    cards: dict[int, RestoredCard] = {}
    scales: dict[str, dict[str, ContentHeat]] = {}
    maker = _Maker(pictures)
    records = [{str(name): value for name, value in one.items()} for one in frame.to_dict("records")]
    for content, block in frame.groupby("content", sort=False):
        rows = [int(str(row)) for row in block.index]
        place = _Place([records[row] for row in rows])
        for row in rows:
            record = records[row]
            values = [float(scores[column.name].iloc[row]) * column.sign for column in columns]
            pixels = shown_pixels(record["image"])
            crop = None if pixels is None else place.crop(_size(pixels))
            cards[row] = RestoredCard(
                place=row,
                image=printable(record["image_id"]),
                content=printable(record["content"]),
                algorithm=printable(record["algorithm"]),
                picture=None if pixels is None or crop is None else pictures.make(pixels, crop),
                crop=crop,
                partners={} if pixels is None or crop is None else maker.partners(record, _size(pixels), crop),
                scores=[of_column[row] for of_column in drawn],
                values=json.dumps([None if math.isnan(value) else value for value in values]),
                strange=f"{record['correlation']:z.2f}" if record["correlation"] < ALIKE else "",
                error=printable(record["error"]),
            )
            overview.advance(bar, 1)
        if heats is not None:
            found = heats.of_content([_restoration(row, records[row]) for row in rows if cards[row].picture])
            scales[printable(str(content))] = found
            for name, heat in found.items():
                for row, address in heat.maps.items():
                    cards[row].heat[name] = address
    overview.end(bar)
    if heats is not None:
        heats.end()
    return Gallery([cards[row] for row in range(len(records))], scales)


def _restoration(row: int, record: Mapping[str, Any]) -> Restoration:
    return Restoration(row, record["image"], {kind: record[kind] for kind in PARTNERS})


class _Place:
    """Where all pictures of one content are cut out: the same place, where its restorations differ most."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        sizes = [(header.height, header.width) for one in records if (header := header_of(one["image"])) is not None]
        self._size: Size = max(sizes, key=sizes.count, default=(0, 0))
        images = [record["image"] for record in records]
        partners = dict.fromkeys(record[kind] for kind in PARTNERS for record in records if record[kind] is not None)
        self._crop = most_different(
            pixels
            for path in [*images, *(partners if len(images) == 1 else ())]
            if (pixels := self._fitted(path)) is not None
        )

    def crop(self, size: Size) -> Crop | None:
        """The cut-out of an image of ``size``."""
        return None if self._crop is None else self._crop.elsewhere(self._size, size)

    def _fitted(self, path: str) -> Pixels | None:
        """The pixels of an image of the content's size, or that can be enlarged to it."""
        pixels = shown_pixels(path) if self._size != (0, 0) else None
        if pixels is None or _size(pixels) == self._size:
            return pixels
        return upsample(pixels, *self._size) if whole_factor(_size(pixels), self._size) else None


class _Maker:
    """Makes the pictures of degraded and pristine images, each once for a size and place."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._made: dict[tuple[str, Size, Crop], ShownInput | None] = {}

    def partners(self, record: Mapping[str, Any], size: Size, crop: Crop) -> dict[str, ShownInput]:
        """What belongs to a restored image of ``size``, by kind."""
        found = {}
        for kind in PARTNERS:
            path = record[kind]
            if path is None:
                continue
            key = (path, size, crop)
            if key not in self._made:
                self._made[key] = self._make(f"{kind[0]}{len(self._made)}", kind, path, size, crop)
            made = self._made[key]
            if made is not None:
                found[kind] = made
        return found

    def _make(self, key: str, kind: str, path: str, size: Size, crop: Crop) -> ShownInput | None:
        given = shown_pixels(path)
        if given is None or given.shape[0] > size[0] or given.shape[1] > size[1]:
            return None  # the row says why it has no score
        seen = upsample(given, *size) if _size(given) != size else given
        picture = self._pictures.make(seen, crop)
        factor = whole_factor(_size(given), size) or 1
        said = f"{given.shape[1]} × {given.shape[0]}" + (f", enlarged × {factor}" if factor > 1 else "")
        return None if picture is None else ShownInput(key, path, kind, picture, crop, said)


def _size(pixels: Pixels) -> Size:
    return pixels.shape[0], pixels.shape[1]
