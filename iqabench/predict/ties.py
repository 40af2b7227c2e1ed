"""Equal images of one content tie: a score may differ in its last digits with the batch that an image was scored in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError
from iqabench.data.images import load_image
from iqabench.scoring.batches import InMemory, Source

NEAR = 1e-3
"""Relative difference of scores above which two images are not equal: batches change scores by far less."""


def same_pixels(frame: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    """For each row the first image of its content that has the same pixels; mostly the row's own.

    Only images of the same size whose scores by every method are nearly the same are read again.
    """
    names, sources = frame["image_id"].astype(str).tolist(), frame["image"].tolist()
    values, first = scores.to_numpy(dtype=float), list(names)
    keys = frame.reset_index(drop=True)[["content", "height", "width"]]
    for _, group in keys.groupby(list(keys.columns), sort=False):
        distinct: list[int] = []
        for row in group.index.tolist():
            near = np.flatnonzero(_near(values[row], values[distinct])).tolist()
            same = next((distinct[at] for at in near if _equal(sources[row], sources[distinct[at]])), None)
            if same is None:
                distinct.append(row)
            else:
                first[row] = names[same]
    return first


def tied(frame: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """``scores`` in which equal images of a content have the same score: that of the first."""
    found = scores.copy()
    for name in scores.columns:
        firsts = scores[name].groupby([frame["content"], frame["pixels"]]).transform("first")
        found[name] = firsts.where(scores[name].notna())
    return found


def _near(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which rows of ``others`` ``(N, methods)`` are nearly ``scores`` ``(methods,)``; what is missing says nothing."""
    missing = np.isnan(scores) | np.isnan(others)
    close = np.isclose(scores, others, rtol=NEAR, atol=NEAR) | missing
    near: np.ndarray = close.all(axis=1) & ~missing.all(axis=1)
    return near


def _equal(one: Source, other: Source) -> bool:
    if one == other:
        return True
    try:
        a, b = (image.pixels if isinstance(image, InMemory) else load_image(image)[0] for image in (one, other))
    except DataError:  # it was scored a moment ago; whoever changes files meanwhile gets no tie
        return False
    return bool(np.array_equal(a, b))
