"""Work on many files at once, in threads: reading, hashing and decoding all release Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Progress = Callable[[int, int], None]
"""Called with (files done, files in all)."""

Result = TypeVar("Result")


def for_each_file(
    paths: Iterable[str], work: Callable[[str], Result], progress: Progress | None = None
) -> dict[str, Result]:
    """Return ``work(path)`` of every distinct path; the first error ends it."""
    distinct = sorted(set(paths))
    results: dict[str, Result] = {}
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        try:
            for path, result in zip(distinct, pool.map(work, distinct), strict=True):
                results[path] = result
                if progress is not None:
                    progress(len(results), len(distinct))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results
