"""Cuts the work into batches that share a reference, always in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby

import pandas as pd

from iqabench.data.images import Pixels, content_digest
from iqabench.data.references import Reference


@dataclass(frozen=True, eq=False)
class InMemory:
    """An image that lies in no file, ``uint8 (H, W, 3)``; ``name`` stands for it in messages."""

    name: str
    pixels: Pixels
    notes: tuple[str, ...] = ()
    """How it was converted."""

    def __str__(self) -> str:
        return self.name

    @property
    def digest(self) -> str:
        """Digest of shape and pixels: the same picture given twice is one reference."""
        return blake2b(str(self.pixels.shape).encode() + self.pixels.tobytes(), digest_size=20).hexdigest()


Source = str | InMemory
"""Where an image comes from: the path of a file, or memory."""


@dataclass(frozen=True, slots=True)
class Item:
    """One restored image and what its reference is made from."""

    image_id: str
    image: Source
    source: Source | None
    content: str


@dataclass(frozen=True)
class ImageBatch:
    """Images that are shown the same reference; ``key`` is None in a no-reference run."""

    key: str | None
    items: tuple[Item, ...]


def plan_batches(rows: pd.DataFrame, reference: Reference, batch_size: int) -> list[ImageBatch]:
    """Cut ``rows`` (manifest columns) into batches that share a reference, in a fixed order."""
    keyed: list[tuple[str, Item]] = []
    for row in rows.sort_values("image_id").itertuples(index=False):
        source = getattr(row, reference.needs) if reference.needs else None
        image = row.image if isinstance(row.image, InMemory) else str(row.image)
        item = Item(str(row.image_id), image, source, str(row.content))
        # Made references are seeded by their content, so two contents never share one.
        key = "" if source is None else f"{row.content}/{_digest(source)}"
        keyed.append((key, item))
    keyed.sort(key=lambda pair: pair[0])
    batches = []
    for key, group in groupby(keyed, key=lambda pair: pair[0]):
        items = [item for _, item in group]
        for start in range(0, len(items), batch_size):
            batches.append(ImageBatch(key or None, tuple(items[start : start + batch_size])))
    return batches


def _digest(source: Source) -> str:
    return source.digest if isinstance(source, InMemory) else content_digest(source)
