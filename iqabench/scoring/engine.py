"""The scoring engine: every pending image is decoded once, each reference prepared once per method.

Batches are cut from the whole list in one fixed order, whatever is already done, and a batch is either
on disk whole or computed again: a resumed run therefore repeats the very same arithmetic.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from iqabench._util.blame import told
from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, MethodError, UserError
from iqabench._util.generators import kept_generators
from iqabench._util.text import counted
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import Reference
from iqabench.results.store import ScoreRow
from iqabench.scoring.arithmetic import full_precision
from iqabench.scoring.batches import ImageBatch, plan_batches
from iqabench.scoring.cache import PixelCache
from iqabench.scoring.decode import Group, decoded, group_by_size
from iqabench.scoring.int8 import has_vnni
from iqabench.scoring.precision import INT8, arithmetic_of


class RowSink(Protocol):
    """Where rows go: a run's folder, or memory."""

    def append(self, rows: Iterable[ScoreRow]) -> None:
        """Keep ``rows``."""
        ...


@dataclass(frozen=True)
class FirstBatch:
    """What a first call scored, and how long it took."""

    group: Group
    seconds: float


WORTH_REPEATING_S = 10.0
"""A first batch that takes longer is the measure itself: what it loads counts for little beside the images."""


@dataclass
class ScoringJob:
    """One method's share of the work."""

    method: Any
    folder: RowSink
    done: set[str]
    paces: list[float] = field(default_factory=list)
    """Seconds per image of every batch but the first, whose call also loads libraries."""
    first: FirstBatch | None = None
    """The first batch while it is the only one."""
    warm: bool = False
    """True once a batch is scored."""
    failure: str = ""
    fresh: int = 0
    """Images that had no score before and have one now."""
    errors: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    """Why batches failed whole and were scored image by image."""
    remarks: dict[str, None] = field(default_factory=dict)
    """What the user should know of the method's manners, each once."""
    prepared_key: str | None = None
    prepared: Any = None
    reference: Tensor | None = None
    scorer: Any = None
    """What scores: the method's fused form, or itself."""

    @property
    def pace(self) -> float:
        """Seconds per image of the median batch; the first one does not count. NaN before any."""
        return float(np.median(self.paces)) if self.paces else float("nan")

    def ready(self, machine: Machine) -> None:
        """Bring the method to the device and freeze it where it offers that; one that cannot be is stopped."""
        try:
            self.method.to(machine.device)
            self.method.eval()
            self.scorer = self.method.fused(machine.precision)
            if machine.precision == INT8 and not has_vnni():
                self.remarks["int8 without VNNI, which this processor lacks, is no faster than fp32"] = None
        except (Exception, SystemExit) as error:  # a method may fail in any way; it costs its own rows only
            self.failure = f"{self.method.info.name}: cannot be made ready for {machine.device}: {_reason(error)}"

    def wants(self, batch: ImageBatch) -> bool:
        """True if any image of the batch is still to be scored."""
        return not self.failure and any(item.image_id not in self.done for item in batch.items)


def score_jobs(
    jobs: Sequence[ScoringJob],
    batches: Sequence[ImageBatch],
    reference: Reference,
    machine: Machine,
    advance: Callable[[ScoringJob, int], None] = lambda job, count: None,
    protocol: ScoringProtocol | None = None,
) -> None:
    """Score every pending image of ``batches`` with every job; rows go to disk batch by batch.

    ``protocol`` says how images are brought before the methods; None leaves them as they are, whole and in RGB.

    Images that cannot be read and scores that are not finite become rows with an error. A method that
    breaks the contract is stopped (``job.failure``); the others go on.
    """
    pending = [batch for batch in batches if any(job.wants(batch) for job in jobs)]
    for job in jobs:
        job.ready(machine)
    cache = PixelCache(machine.cache, int(machine.cache_gib * 2**30)) if machine.cache else None
    with ThreadPoolExecutor(max_workers=machine.workers) as pool:
        for batch, restored, source in decoded(pending, pool, cache.read if cache else None, machine.workers):
            bad, groups = group_by_size(batch, restored, source, reference, machine.device, protocol)
            for job in jobs:
                if not job.wants(batch):
                    continue
                rows = list(bad)
                for group in groups:
                    rows += _score_group(job, group, machine)
                if job.failure:
                    continue
                fresh = sum(row.image_id not in job.done for row in rows)
                job.folder.append(rows)
                job.fresh += sum(row.score is not None and row.image_id not in job.done for row in rows)
                job.done.update(row.image_id for row in rows)
                job.errors += [f"{row.image_id}: {row.error}" for row in rows if row.error]
                advance(job, fresh)


def time_lone_batch(job: ScoringJob, machine: Machine) -> None:
    """Where one batch was all, score it once more for its time alone: the first call also loaded libraries."""
    first = job.first
    if first is None or job.failure:
        return
    took, job.prepared_key = first.seconds, None  # the reference is prepared again, as in any batch
    if took < WORTH_REPEATING_S:
        started = time.perf_counter()
        try:
            _call(job, first.group, machine)
        except (Exception, SystemExit):  # its scores stand; how long it takes when it works is not known
            return
        took = time.perf_counter() - started
    job.first = None
    job.paces.append(took / len(first.group.items))


class MemoryFolder:
    """Keeps rows in memory where nothing is to be stored."""

    def __init__(self) -> None:
        self.found: dict[str, ScoreRow] = {}

    def append(self, rows: Iterable[ScoreRow]) -> None:
        """Keep ``rows``."""
        self.found.update({row.image_id: row for row in rows})


def score_in_memory(
    method: Any, rows: pd.DataFrame, reference: Reference, machine: Machine, protocol: ScoringProtocol | None = None
) -> dict[str, ScoreRow]:
    """Score ``rows`` (manifest columns) and return the rows by image id; ``protocol`` as in :func:`score_jobs`.

    Raises
    ------
    MethodError
        If the method breaks the contract.
    """
    job = ScoringJob(method, folder := MemoryFolder(), set())
    score_jobs([job], plan_batches(rows, reference, machine.batch_size), reference, machine, protocol=protocol)
    if job.failure:
        raise MethodError(job.failure)
    return folder.found


def _score_group(job: ScoringJob, group: Group, machine: Machine) -> list[ScoreRow]:
    started = time.perf_counter()
    try:
        scores = _call(job, group, machine)
    except ContractBrokenError as error:
        job.failure = str(error)
        return []
    except (Exception, SystemExit) as error:  # a method may fail in any way; it costs its own rows only
        if len(group.items) == 1:
            return [ScoreRow(group.items[0].image_id, None, _reason(error))]
        job.split.append(_reason(error))
        return [row for one in group.alone() for row in _score_group(job, one, machine)]
    took = time.perf_counter() - started
    if job.warm:
        job.first = None
        job.paces.append(took / len(group.items))
    else:
        job.warm, job.first = True, FirstBatch(group, took)
    return [
        ScoreRow(item.image_id, float(score))
        if np.isfinite(score)
        else ScoreRow(item.image_id, None, f"the method returned {score}")
        for item, score in zip(group.items, scores, strict=True)
    ]


class ContractBrokenError(MethodError):
    """The method did something that spoils its further scores; it is stopped."""


class RemoteError(UserError):
    """What a method raised in a process of its own, as text."""


def _call(job: ScoringJob, group: Group, machine: Machine) -> np.ndarray:
    height, width = group.restored.shape[2:]
    least = job.method.info.minimum_size
    if min(height, width) < least:
        raise DataError(
            f"{group.items[0].image}: {width}x{height} pixels, but {job.method.info.name} needs at least "
            f"{least} on each side; leave the method or the image out"
        )
    name = job.method.info.name
    # Each method gets a tensor of its own, so that one that changes its input harms nobody else. Made outside of
    # inference mode: such a tensor counts its changes.
    restored = to_float(group.restored)
    if group.shown is not None and job.prepared_key != group.key:
        job.prepared_key, job.reference = None, to_float(group.shown)
    inputs = [one for one in (restored, job.reference) if one is not None]
    versions = [one._version for one in inputs]
    arithmetic = arithmetic_of(job.method, machine) if job.scorer is job.method else nullcontext()
    with full_precision(), torch.inference_mode(), arithmetic, kept_generators() as moved:
        if group.shown is not None and job.prepared_key != group.key:
            job.prepared = job.scorer.prepare(job.reference)
            job.prepared_key = group.key
        scores = job.scorer.score(restored, None if group.shown is None else job.prepared)
    if moved:
        job.remarks[f"it draws from or seeds the global generator of {', '.join(moved)}, which was put back"] = None
    if [one._version for one in inputs] != versions:
        raise ContractBrokenError(
            f"{name}: it changes its input in place, so that later scores would depend on earlier ones; "
            "work on a new tensor (x = x - y, not x -= y)"
        )
    if not isinstance(scores, Tensor):
        raise ContractBrokenError(f"{name}: score() returned {type(scores).__name__}, it must return a Tensor (N,)")
    if scores.shape != (len(group.items),):
        raise ContractBrokenError(
            f"{name}: score() returned shape {tuple(scores.shape)} for {counted(len(group.items), 'image')} "
            f"(first: {group.items[0].image_id}); it must return ({len(group.items)},)"
        )
    if scores.is_complex():
        raise ContractBrokenError(f"{name}: score() returned complex numbers; they cannot be ranked")
    return scores.detach().double().cpu().numpy()


def to_float(images: Tensor) -> Tensor:
    """``(N, 3, H, W)`` of 0 to 255 on its device to float32 in [0, 1], where it is: always a tensor of its own."""
    return images.to(torch.float32, copy=True).div_(255)


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, DataError | RemoteError) else told(error)
