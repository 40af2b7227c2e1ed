"""References of other contents in place of the right ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.data.images import Pixels, read_image
from iqabench.scoring.batches import InMemory, Source


def with_other_references(
    rows: pd.DataFrame, column: str = "degraded", chosen: pd.DataFrame | None = None
) -> pd.DataFrame:
    """``chosen`` of ``rows`` (default: all), each beside the reference of another content.

    It is that of the next content, in the order of names, that has the same algorithm; else the same task; else of the
    next content. One of another size is cut, or continued by its mirror image, to the size of the right one.

    Parameters
    ----------
    rows
        Manifest columns; the references shown are theirs.
    column
        What the reference is read or made from: ``degraded`` or ``pristine``.
    chosen
        The rows to return, with all columns.

    Raises
    ------
    DataError
        If there is only one content.
    """
    contents = sorted(set(rows["content"]))
    if len(contents) < 2:
        raise DataError("the control shows references of other contents, but there is only one content")
    by_algorithm, by_task, by_content = (_first(rows, column, *keys) for keys in (("algorithm",), ("task",), ()))
    places = {content: place for place, content in enumerate(contents)}

    @cache  # the images of a content ask again and again
    def donor(content: str, algorithm: str, task: str) -> str:
        place = places[content]
        others = [*contents[place + 1 :], *contents[:place]]
        for other in others if algorithm else ():
            if (other, algorithm) in by_algorithm:
                return by_algorithm[other, algorithm]
        for other in others:
            if (other, task) in by_task:
                return by_task[other, task]
        return by_content[others[0],]

    wanted = rows if chosen is None else chosen
    named = zip(wanted["content"], wanted["algorithm"], wanted["task"], wanted[column], strict=True)
    shown = [_fitted(donor(content, algorithm, task), right) for content, algorithm, task, right in named]
    return wanted.assign(**{column: pd.Series(shown, wanted.index, dtype=object)})


def _first(rows: pd.DataFrame, column: str, *keys: str) -> dict[tuple[str, ...], str]:
    """The first reference of each content, or of each content and key."""
    first = rows.sort_values("image_id").drop_duplicates(["content", *keys])
    names = zip(*(first[name] for name in ("content", *keys)), strict=True)
    return dict(zip(names, first[column], strict=True))


@cache
def _fitted(other: str, right: str) -> Source:
    """``other`` with the size of ``right``; what cannot be read is left to the engine, which says so."""
    try:
        given, wanted = read_image(other), read_image(right)
    except DataError:
        return other
    if given.shape == wanted.shape:
        return other
    return InMemory(f"{other} (cut to the size of {right})", _cut(given, wanted.shape[0], wanted.shape[1]))


def _cut(image: Pixels, height: int, width: int) -> Pixels:
    room = [(0, max(0, height - image.shape[0])), (0, max(0, width - image.shape[1])), (0, 0)]
    return np.ascontiguousarray(np.pad(image, room, mode="symmetric")[:height, :width])
