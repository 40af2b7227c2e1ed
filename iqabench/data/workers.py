"""Work on many files at once, in threads: reading, hashing and decoding all release Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Progress = Callable[[int, int], None]
"""Called now and then with (files done, files in all), last with all of them done."""

Result = TypeVar("Result")


def for_each_file(
    paths: Iterable[str], work: Callable[[str], Result], progress: Progress | None = None
) -> dict[str, Result]:
    """Return ``work(path)`` of every distinct path; the first error ends it."""
    distinct = sorted(set(paths))
    # Thousands of files go in small lots: handing over each of them would cost more than a remembered digest.
    lot_size = min(16, 1 + len(distinct) // 256)
    lots = [distinct[start : start + lot_size] for start in range(0, len(distinct), lot_size)]
    results: dict[str, Result] = {}
    with ThreadPoolExecutor(max_workers=min(16, os.cpu_count() or 1)) as pool:
        try:
            for lot, done in zip(lots, pool.map(lambda lot: [work(path) for path in lot], lots), strict=True):
                results.update(zip(lot, done, strict=True))
                if progress is not None:
                    progress(len(results), len(distinct))
        finally:
            # After an error nobody waits for the rest.
            pool.shutdown(wait=False, cancel_futures=True)
    return results
