"""The same command twice: the same scores, and the same weights; training stopped at any step: the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from iqabench.data.open import open_dataset
from iqabench.methods.registry import Registry
from iqabench.training import FitSession, NetworkMethod, SilentProgress, TrainingSet
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import TINY_NETWORK, Plan, fresh, state


class StopAfter(SilentProgress):
    """Interrupts a training after a number of steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, n: int, loss: float, rate: float) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_the_same_command_twice_leaves_the_same_bytes(nursery: Nursery, plans: dict[str, Plan], tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        results = fresh(tmp_path / name)
        (ended,) = nursery.run(Child((*plans["train"].words(results), "--deterministic")))
        assert ended.code == 0, ended.err
        found.append(state(results))
    assert found[0] == found[1]
    assert any(name.endswith("model.safetensors") for name in found[0])
    record = next(value for name, value in found[0].items() if name.endswith("training.json"))
    assert record["deterministic"] is True
    assert record["threads"] == 1


@pytest.mark.parametrize("seconds", [0.0, 60.0], ids=["checkpoint after every step", "after every epoch"])
def test_training_resumed_at_several_steps_equals_one_that_never_stopped(
    small_data: Path, tmp_path: Path, seconds: float
) -> None:
    whole = _trained(small_data, FitSession())
    assert len(whole) == 4
    for at in (1, 2, 7, 8, 9, 17, 26, 27):
        folder = tmp_path / str(at)
        with pytest.raises(KeyboardInterrupt):
            _trained(small_data, FitSession(checkpoint=folder, checkpoint_seconds=seconds, progress=StopAfter(at)))
        resumed = _trained(small_data, FitSession(checkpoint=folder))
        assert all(torch.equal(whole[name], resumed[name]) for name in whole), f"stopped after step {at}"


def test_an_epoch_that_was_not_validated_is_trained_again_where_the_best_is_asked_for(
    small_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        _trained(small_data, FitSession(checkpoint=tmp_path, progress=StopAfter(20)))
    seen: list[int] = []

    def validate(method: object, epoch: int) -> float:
        seen.append(epoch)
        return -epoch

    _trained(small_data, FitSession(checkpoint=tmp_path, validate=validate))
    assert seen == [1, 2, 3]


def test_the_best_of_some_epochs_is_not_taken_for_the_best(small_data: Path, tmp_path: Path) -> None:
    watched = FitSession(checkpoint=tmp_path, progress=StopAfter(20), validate=lambda method, epoch: -epoch)
    with pytest.raises(KeyboardInterrupt):
        _trained(small_data, watched)
    network = _network()
    dataset = open_dataset("manifest", small_data)
    network.fit(TrainingSet(dataset.frame, dataset.card), FitSession(checkpoint=tmp_path))
    assert [epoch.validation for epoch in network.history] == [-1, -2, None]
    assert network.best is None


def _network() -> NetworkMethod:
    return Registry((TINY_NETWORK,)).get("tiny-network").create()


def _trained(manifest: Path, session: FitSession) -> dict[str, Tensor]:
    dataset = open_dataset("manifest", manifest)
    network = _network()
    network.fit(TrainingSet(dataset.frame, dataset.card), session)
    return network.trained_state()
