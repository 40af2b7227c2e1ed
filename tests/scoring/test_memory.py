"""Scoring holds no more memory for many images than for a few."""

from __future__ import annotations

import gc
from pathlib import Path

import pandas as pd
import psutil
import pytest
from manifests import write_manifest

from baselines.full_reference.psnr import Psnr
from iqabench._util.devices import Machine
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs


def resident_mib() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


@pytest.mark.parametrize("cached", [False, True])
def test_memory_does_not_grow_with_the_data(tmp_path: Path, cached: bool) -> None:
    frame = open_dataset("manifest", write_manifest(tmp_path, contents=4, algorithms=5)).frame
    turns = [frame.assign(image_id=f"{turn}/" + frame["image_id"]) for turn in range(70)]
    reference = parse_reference("degraded")
    batches = plan_batches(pd.concat(turns, ignore_index=True), reference, 8)
    seen: list[float] = []

    def watch(job: ScoringJob, count: int) -> None:
        if job.fresh in (200, 1400):
            seen.append(resident_mib())

    machine = Machine(cache=tmp_path / "cache" if cached else None)
    score_jobs([ScoringJob(Psnr(), MemoryFolder(), set())], batches, reference, machine, watch)
    early, late = seen
    # One image is 12 KiB: 1,200 of them kept would be 14 MiB, their tensors four times as much.
    assert late - early < 8
