"""Which squares of a photograph become contents."""

from __future__ import annotations

import numpy as np


def choose_crops(image: np.ndarray, count: int, size: int, stride: int) -> list[tuple[int, int]]:
    """(top, left) of ``count`` non-overlapping squares that hold the most detail together, most detailed first.

    ``image`` is (h,w,3). Detail is the mean of the square root of the gradient magnitude: the root lets much texture
    beat a single strong edge, so a crop of flat sky with one silhouette loses. Candidates lie on a grid of ``stride``
    pixels; ties go to the first in reading order. Where fewer squares fit, fewer are returned.
    """
    for wanted in range(count, 0, -1):
        found = _best(image, wanted, size, stride)
        if found:
            return found
    return []


def _best(image: np.ndarray, count: int, size: int, stride: int) -> list[tuple[int, int]]:
    """Exactly ``count`` squares, or none."""
    grey = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    gy, gx = np.gradient(grey)
    total = np.pad(np.sqrt(np.hypot(gx, gy)).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    places = [
        (float(total[t + size, s + size] - total[t, s + size] - total[t + size, s] + total[t, s]), -t, -s)
        for t in range(0, image.shape[0] - size + 1, stride)
        for s in range(0, image.shape[1] - size + 1, stride)
    ]
    places.sort(reverse=True)
    best: tuple[float, list[tuple[int, int]]] = (-1.0, [])

    def extend(start: int, chosen: list[tuple[int, int]], detail: float) -> None:
        """Branch and bound: candidates come best first, so the rest of a list bounds what it can still add."""
        nonlocal best
        missing = count - len(chosen)
        if missing == 0:
            best = max(best, (detail, list(chosen)), key=lambda found: found[0])
            return
        for index in range(start, len(places)):
            gain, top, left = places[index][0], -places[index][1], -places[index][2]
            if detail + missing * gain <= best[0]:
                return
            if all(abs(top - t) >= size or abs(left - s) >= size for t, s in chosen):
                extend(index + 1, [*chosen, (top, left)], detail + gain)

    extend(0, [], 0.0)
    return best[1]
