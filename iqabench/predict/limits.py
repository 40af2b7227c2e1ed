"""What a method declares not to know, and images that lie outside of it: enlarged by another factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from iqabench._util.text import counted
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.pairs import NAMED


def declared_limits(methods: Sequence[LoadedMethod]) -> list[str]:
    """What the methods' scores must not be taken for, each sentence with the name of its method."""
    return [f"{one.name}: {limit}" for one in methods for limit in one.method.info.limits]


def nearness(distances: Sequence[str]) -> list[str]:
    """What a plain distance to the degraded image does not say; ``distances`` are the columns that hold one."""
    if not distances:
        return []
    return [
        f"{', '.join(distances)}: nearness to the degraded image is no quality: what lies nearest to a bad image is bad"
    ]


def beyond_limits(
    methods: Sequence[LoadedMethod], factors: Mapping[str, int]
) -> tuple[dict[str, list[str]], list[str]]:
    """Notes by image, and one sentence for each method and limit that names the first images.

    Parameters
    ----------
    factors
        By image id, how many times larger than its degraded image it is, where they differ in size.
    """
    by_image: dict[str, list[str]] = {}
    sentences = []
    for one in methods:
        low, high = one.method.info.scales or (1, 2**31)
        enlarged = {name: factor for name, factor in factors.items() if not low <= factor <= high}
        if enlarged:
            known = f"{one.name} knows ×{low} to ×{high}"
            _note(by_image, {name: f"enlarged ×{factor}: {known}" for name, factor in enlarged.items()})
            span = _span(list(enlarged.values()))
            sentences.append(f"{_some(list(enlarged))}: enlarged ×{span}; {known}, so their scores may mislead")
    return by_image, sentences


def blocks_of_content(frame: pd.DataFrame, values: pd.Series) -> pd.Index:
    """The rows of ``frame`` content by content, within each the largest of ``values`` first, missing ones last."""
    keyed = frame[["content"]].assign(value=-values)
    return keyed.sort_values(["content", "value"], kind="stable", na_position="last").index


def _note(by_image: dict[str, list[str]], notes: Mapping[str, str]) -> None:
    for name, note in notes.items():
        by_image.setdefault(name, []).append(note)


def _some(names: list[str]) -> str:
    more = f" and {counted(len(names) - NAMED, 'more image')}" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _span(numbers: list[int]) -> str:
    return str(min(numbers)) if min(numbers) == max(numbers) else f"{min(numbers)} to {max(numbers)}"
