"""The engine decodes each file once, prepares each reference once, and keeps methods apart."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from manifests import write_manifest
from torch import Tensor

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Method, MethodInfo, Paradigm
from iqabench.scoring import decode
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_in_memory, score_jobs, time_lone_batch


class Counting(Method):
    """Mean difference to the reference; counts what it is asked."""

    def __init__(self, name: str = "counting", spoil: bool = False) -> None:
        self.info = MethodInfo(name, paradigms=(Paradigm.NR, Paradigm.DR, Paradigm.FR))
        self.prepared = 0
        self.scored = 0
        self.spoil = spoil

    def prepare(self, reference: Tensor) -> Tensor:
        self.prepared += 1
        return reference.clone()

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        self.scored += len(restored)
        values = restored.mean((1, 2, 3)) - (0 if prepared is None else prepared.mean())
        if self.spoil:
            restored.zero_()
        return values


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("manifest")
    return open_dataset("manifest", write_manifest(folder, contents=4, algorithms=5)).frame


@pytest.mark.parametrize("name", ["degraded", "pristine", "lr-x4", "noise-25"])
def test_one_preparation_per_reference(frame: pd.DataFrame, name: str) -> None:
    method = Counting()
    rows = score_in_memory(method, frame, parse_reference(name), Machine(batch_size=2))
    assert len(rows) == len(frame)
    assert method.prepared == 4
    assert method.scored == len(frame)


def test_no_reference_is_never_prepared(frame: pd.DataFrame) -> None:
    method = Counting()
    score_in_memory(method, frame, parse_reference("none"), Machine())
    assert method.prepared == 0


@pytest.mark.parametrize("batch_size", [2, 8])
def test_every_file_is_decoded_once_for_all_methods(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    reads: Counter[str] = Counter()
    real = decode.read_image
    monkeypatch.setattr(decode, "read_image", lambda path: reads.update([path]) or real(path))
    reference = parse_reference("degraded")
    jobs = [ScoringJob(Counting(name), MemoryFolder(), set()) for name in ("a", "b", "c")]
    score_jobs(jobs, plan_batches(frame, reference, batch_size), reference, Machine())
    assert set(reads) == set(frame["image"]) | set(frame["degraded"])
    assert set(reads.values()) == {1}


def test_a_method_that_spoils_its_input_harms_nobody_else(frame: pd.DataFrame) -> None:
    reference = parse_reference("degraded")
    alone = score_in_memory(Counting(), frame, reference, Machine())
    jobs = [
        ScoringJob(Counting("spoiler", spoil=True), MemoryFolder(), set()),
        ScoringJob(Counting(), sink := MemoryFolder(), set()),
    ]
    score_jobs(jobs, plan_batches(frame, reference, 8), reference, Machine())
    assert sink.found == alone


def test_only_batches_with_something_to_do_are_computed(frame: pd.DataFrame) -> None:
    reference = parse_reference("degraded")
    batches = plan_batches(frame, reference, 2)
    done = {item.image_id for batch in batches[:3] for item in batch.items}
    method = Counting()
    score_jobs([ScoringJob(method, sink := MemoryFolder(), set(done))], batches, reference, Machine())
    assert not done & set(sink.found)
    assert method.scored == len(frame) - len(done)


def test_batches_do_not_depend_on_the_order_of_rows(frame: pd.DataFrame) -> None:
    reference = parse_reference("degraded")
    shuffled = frame.sample(frac=1, random_state=3)
    assert plan_batches(shuffled, reference, 3) == plan_batches(frame, reference, 3)


def test_too_small_image_is_named(frame: pd.DataFrame) -> None:
    method = Counting()
    method.info = MethodInfo("large-only", paradigms=(Paradigm.NR,), minimum_size=65)
    rows = score_in_memory(method, frame, parse_reference("none"), Machine())
    assert all("64x64 pixels, but large-only needs at least 65" in row.error for row in rows.values())


def test_wrong_shape_stops_the_method(frame: pd.DataFrame) -> None:
    method = Counting()
    method.score = lambda restored, prepared: torch.zeros(len(restored) + 1)  # type: ignore[method-assign]
    with pytest.raises(MethodError, match="it must return"):
        score_in_memory(method, frame, parse_reference("none"), Machine())


def test_reference_of_another_shape_is_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    from PIL import Image

    odd = tmp_path / "odd.png"
    Image.new("RGB", (20, 33)).save(odd)
    rows = score_in_memory(Counting(), frame.head(1).assign(degraded=str(odd)), parse_reference("degraded"), Machine())
    (row,) = rows.values()
    assert row.score is None
    assert "odd.png" in row.error


def test_what_a_first_call_loads_is_not_the_time_of_an_image(frame: pd.DataFrame) -> None:
    class Loading(Counting):
        def score(self, restored: Tensor, prepared: Any) -> Tensor:
            if not self.scored:
                time.sleep(1)
            return super().score(restored, prepared)

    reference = parse_reference("degraded")
    job = ScoringJob(Loading(), MemoryFolder(), set())
    score_jobs([job], plan_batches(frame, reference, 2), reference, Machine())
    assert 0 < job.pace < 0.1


def test_a_lone_batch_is_timed_again(frame: pd.DataFrame) -> None:
    class Loading(Counting):
        def prepare(self, reference: Tensor) -> Any:
            time.sleep(0.02)
            return super().prepare(reference)

        def score(self, restored: Tensor, prepared: Any) -> Tensor:
            if not self.scored:
                time.sleep(1)
            return super().score(restored, prepared)

    one = frame[frame["content"] == frame["content"].iloc[0]]
    reference = parse_reference("degraded")
    job = ScoringJob(Loading(), sink := MemoryFolder(), set())
    score_jobs([job], plan_batches(one, reference, 8), reference, Machine())
    assert math.isnan(job.pace)
    time_lone_batch(job, Machine())
    assert 0.02 / len(one) < job.pace < 0.1
    assert len(sink.found) == len(one)
    time_lone_batch(job, Machine())
    assert len(job.paces) == 1
