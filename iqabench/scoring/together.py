"""Several processes score one run: batches are dealt out, and each image's row is kept exactly once.

A batch is the same whoever scores it, so that the scores are those of one process, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from iqabench._util import distributed
from iqabench.results.store import RunFolder, ScoreRow
from iqabench.scoring.batches import ImageBatch
from iqabench.scoring.engine import ScoringJob


class SharedFolder:
    """A run's folder as one process sees it: rows go to its own file, and are remembered for :func:`merge`."""

    def __init__(self, folder: RunFolder) -> None:
        self._own = RunFolder(folder.path, distributed.rank())
        self.rows: list[ScoreRow] = []

    def append(self, rows: Iterable[ScoreRow]) -> None:
        """Keep ``rows``, on disk before this returns."""
        fresh = list(rows)
        self._own.append(fresh)
        # Those of the first process, and of one alone, are merged by nobody: a long run keeps its memory.
        if not distributed.is_first():
            self.rows += fresh


def deal(batches: Sequence[ImageBatch], jobs: Sequence[ScoringJob]) -> list[ImageBatch]:
    """This process's share of what is left to score; batches that share a reference stay together where they can."""
    pending = [batch for batch in batches if any(job.wants(batch) for job in jobs)]
    return distributed.share(pending, lambda batch: len(batch.items))


def merge(job: ScoringJob, sink: SharedFolder, folder: RunFolder) -> None:
    """Bring what all processes did for one method into the first one's ``job`` and ``folder``."""
    parts = distributed.gathered((sink.rows, job.paces, job.fresh, job.failure, job.errors, job.split))
    if not distributed.is_first():
        return
    for rows, paces, fresh, failure, errors, split in parts[1:]:
        # By message, not from the other's file: a network disk may show that one late.
        folder.append(rows)
        job.paces += paces
        job.fresh += fresh
        job.failure = job.failure or failure
        job.errors += errors
        job.split += split


def common_count(job_name: str, advance: Callable[[int], None]) -> Callable[[int], None]:
    """``advance`` for a bar that counts what all processes do; ``job_name`` is used once."""
    tally = distributed.Tally(job_name)
    shown = 0

    def add(count: int) -> None:
        nonlocal shown
        total = tally.add(count)
        advance(total - shown)
        shown = total

    return add
