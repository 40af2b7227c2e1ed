"""Images that lie outside of what a method declares to know: enlarged by another factor, or noisy."""

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
    methods: Sequence[LoadedMethod], factors: Mapping[str, int], noise: Mapping[str, float]
) -> tuple[dict[str, list[str]], list[str]]:
    """Notes by image, and one sentence for each method and limit that names the first images.

    Parameters
    ----------
    factors
        By image id, how many times larger than its degraded image it is, where they differ in size.
    noise
        By image id, :class:`iqabench.predict.noise.NoiseLevel` of the restored image; NaN where unknown.
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
        most = one.method.info.most_noise
        noisy = {name: level for name, level in noise.items() if most is not None and level > most}
        if noisy:
            unseen = f"{one.name} does not see noise as a fault"
            _note(by_image, {name: f"noise of about {level:.0f} of 255: {unseen}" for name, level in noisy.items()})
            span = _span([round(level) for level in noisy.values()])
            sentences.append(
                f"{_some(list(noisy))}: noisy, or finely textured (standard deviation of about {span} of 255); "
                f"{unseen}, so their scores may be too good"
            )
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
