"""Decodes batches ahead of the scoring, and makes the reference that they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from iqabench.errors import DataError
from iqabench.images import Pixels, read_image
from iqabench.references import Reference, make
from iqabench.scoring.batches import Batch, Item
from iqabench.store import ScoreRow

_LOOKAHEAD_BATCHES = 3


@dataclass(frozen=True)
class Group:
    """Decoded images of one size that are shown the same picture; ``key`` tells references apart."""

    key: str | None
    items: tuple[Item, ...]
    restored: tuple[Pixels, ...]
    shown: Pixels | None


Image = Pixels | DataError


def decoded(batches: Sequence[Batch], pool: ThreadPoolExecutor) -> Iterator[tuple[Batch, list[Image], Image | None]]:
    """Yield each batch with its decoded images and its reference's source, decoding a few batches ahead."""
    waiting: list[tuple[Batch, list[Future[Image]], Future[Image] | None]] = []
    upcoming = iter(batches)
    while True:
        while len(waiting) < _LOOKAHEAD_BATCHES and (batch := next(upcoming, None)) is not None:
            source = batch.items[0].source
            images = [pool.submit(_read, item.image) for item in batch.items]
            waiting.append((batch, images, pool.submit(_read, source) if source is not None else None))
        if not waiting:
            return
        batch, images, shown = waiting.pop(0)
        yield batch, [image.result() for image in images], shown.result() if shown else None


def _read(path: str) -> Image:
    try:
        return read_image(path)
    except DataError as error:
        return error


def group_by_size(
    batch: Batch, restored: list[Image], source: Image | None, reference: Reference
) -> tuple[list[ScoreRow], list[Group]]:
    """Sort a batch into groups of one size; images that cannot be used become rows with the reason."""
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
            files = {"source": items[0].source or "", "restored": items[0].image}
            shown = None if usable is None else make(reference, usable, size, items[0].content, **files)
        except DataError as error:
            bad += [ScoreRow(item.image_id, None, str(error)) for item in items]
            continue
        key = None if batch.key is None else f"{batch.key}/{shape[0]}x{shape[1]}"
        groups.append(Group(key, items, tuple(image for _, image in members), shown))
    return bad, groups
