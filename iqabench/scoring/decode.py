"""Decodes batches ahead of the scoring, and makes the reference that they are shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from iqabench._util.errors import DataError
from iqabench.data.images import UPSAMPLING, Pixels, read_image
from iqabench.data.protocols.apply import Levels, applied
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import Reference, make
from iqabench.results.store import ScoreRow
from iqabench.scoring.batches import ImageBatch, InMemory, Item, Source

_LOOKAHEAD_BATCHES = 3
"""Batches that are decoded ahead of the one that is scored: more where they hold few images for many workers."""


@dataclass(frozen=True)
class Group:
    """Decoded images of one size that are shown the same picture; ``key`` tells references apart."""

    key: str | None
    items: tuple[Item, ...]
    restored: Tensor
    """``(N, 3, H, W)`` on the device: shipped once for all methods. 8-bit, or the floats of a protocol, 0 to 255."""
    shown: Tensor | None
    """``(1, 3, H, W)`` of the same kind."""

    def alone(self) -> list[Group]:
        """One group per image."""
        return [Group(self.key, (item,), self.restored[k : k + 1], self.shown) for k, item in enumerate(self.items)]


Image = Pixels | DataError


Reader = Callable[[str], Pixels]
_Waiting = tuple[ImageBatch, list[Future[Image]], Future[Image] | None]


def decoded(
    batches: Sequence[ImageBatch], pool: ThreadPoolExecutor, read: Reader | None = None, workers: int = 1
) -> Iterator[tuple[ImageBatch, list[Image], Image | None]]:
    """Yield each batch with its decoded images and its reference's source, decoding a few batches ahead.

    ``read`` decodes one file; :func:`iqabench.data.images.read_image` unless a cache does. ``workers`` of ``pool`` have
    two images each waiting beside the batch that is yielded, so that none runs out of work.
    """
    read = read or read_image
    waiting: deque[_Waiting] = deque()
    upcoming = iter(batches)
    last_key: str | None = None
    shown: Future[Image] | None = None
    while True:
        while _short(waiting, workers) and (batch := next(upcoming, None)) is not None:
            source = batch.items[0].source
            if batch.key != last_key:  # batches of one reference follow each other: it is decoded with the first
                last_key, shown = batch.key, pool.submit(_read, read, source) if source is not None else None
            waiting.append((batch, [pool.submit(_read, read, item.image) for item in batch.items], shown))
        if not waiting:
            return
        batch, images, decoding = waiting.popleft()
        yield batch, [image.result() for image in images], decoding.result() if decoding else None


def _short(waiting: Collection[_Waiting], workers: int) -> bool:
    """True if more must be read ahead."""
    ahead = sum(len(batch.items) for batch, _, _ in islice(waiting, 1, None))
    return len(waiting) < _LOOKAHEAD_BATCHES or ahead < 2 * workers


def _read(read: Reader, source: Source) -> Image:
    if isinstance(source, InMemory):
        return source.pixels
    try:
        return read(source)
    except DataError as error:
        return error


def group_by_size(
    batch: ImageBatch,
    restored: list[Image],
    source: Image | None,
    reference: Reference,
    device: torch.device,
    protocol: ScoringProtocol | None = None,
) -> tuple[list[ScoreRow], list[Group]]:
    """Sort a batch into groups of one size; images that cannot be used become rows with the reason.

    With a ``protocol``, pixels are as it wants them: restored ones, and what is shown once it has their size.
    """
    kernel = UPSAMPLING if protocol is None else protocol.resize
    bad: list[ScoreRow] = []
    by_shape: dict[tuple[int, ...], list[tuple[Item, Pixels]]] = {}
    for item, image in zip(batch.items, restored, strict=True):
        problem = image if isinstance(image, DataError) else source
        if isinstance(image, DataError) or isinstance(source, DataError):
            bad.append(ScoreRow(item.image_id, None, str(problem)))
        else:
            by_shape.setdefault(image.shape, []).append((item, image))
    groups: list[Group] = []
    usable = None if isinstance(source, DataError) else source
    for shape, members in sorted(by_shape.items()):
        items = tuple(item for item, _ in members)
        try:
            size = (shape[0], shape[1])
            files = {"source": str(items[0].source or ""), "restored": str(items[0].image)}
            pixels: Sequence[Levels] = [
                image if protocol is None else applied(protocol, image, str(item.image)) for item, image in members
            ]
            shown: Levels | None = None
            if usable is not None:
                shown = made = make(reference, usable, size, items[0].content, **files, kernel=kernel)
                if protocol is not None:
                    shown = applied(protocol, made, files["source"])
        except DataError as error:
            bad += [ScoreRow(item.image_id, None, str(error)) for item in items]
            continue
        key = None if batch.key is None else f"{batch.key}/{shape[0]}x{shape[1]}"
        groups.append(Group(key, items, _ship(pixels, device), None if shown is None else _ship([shown], device)))
    return bad, groups


def _ship(images: Sequence[Levels], device: torch.device) -> Tensor:
    stacked = torch.from_numpy(np.stack(images)).to(device, non_blocking=True)
    return stacked.permute(0, 3, 1, 2).contiguous()
