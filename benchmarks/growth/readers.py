"""How many readers work at once: the engine's reader with stubs in place of decoding and arithmetic, which sleep.

A sleeping reader takes no processor, so that a machine of two cores shows whether sixteen readers would be kept busy.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from iqabench.data.images import Pixels
from iqabench.scoring.batches import ImageBatch, Item
from iqabench.scoring.decode import decoded

WORKERS, SMALL_WORKERS = (1, 2, 4, 8, 16), (2, 16)
IMAGES, SMALL_IMAGES = 320, 64
SIZES = (8, 1)
"""Images of a batch: as ``iqabench run`` has them unless told otherwise, and as large pictures need it."""
SECONDS = 0.02
"""To read one image: about as long as a picture of two megapixels takes."""
ARITHMETIC = 0.5
"""Time to score a batch, as a share of the time in which all workers together read one."""


class SleepingReader:
    """Reads nothing for :data:`SECONDS`, and counts how long it slept in all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.slept = 0.0

    def read(self, path: str) -> Pixels:
        """One grey pixel."""
        started = time.perf_counter()
        time.sleep(SECONDS)
        with self._lock:
            self.slept += time.perf_counter() - started
        return np.zeros((1, 1, 3), dtype=np.uint8)


def busy_readers(small: bool = False) -> dict[str, dict[str, Any]]:
    """For each size of a batch and number of workers: how many were busy on average, and images per second."""
    count, numbers = (SMALL_IMAGES, SMALL_WORKERS) if small else (IMAGES, WORKERS)
    return {f"batches of {size}": {str(workers): _busy(workers, size, count) for workers in numbers} for size in SIZES}


def _busy(workers: int, size: int, count: int) -> dict[str, float]:
    reader, seen = SleepingReader(), 0
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        for _, images, _ in decoded(_batches(count, size), pool, reader.read, workers):
            seen += len(images)
            time.sleep(ARITHMETIC * size * SECONDS / workers)
    seconds = time.perf_counter() - started
    return {"busy": reader.slept / seconds, "images_per_second": seen / seconds}


def _batches(images: int, size: int) -> list[ImageBatch]:
    """Batches that share no reference, since a reference is one more file to read."""
    items = [Item(f"{i}", f"{i}.png", None, "") for i in range(images)]
    return [ImageBatch(None, tuple(items[start : start + size])) for start in range(0, images, size)]
