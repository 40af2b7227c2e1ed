"""The loop: what it trains, records and keeps; and that a resume leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from iqabench._util.errors import MethodError
from iqabench.training import Batch, FitSession, NetworkMethod, Stage, TrainingSet

STEPS = 12
Make = Callable[..., Any]


class Recorder:
    """Follows a training; stops it after ``at`` steps as Ctrl-C would."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.started: tuple[int, int] | None = None
        self.steps: list[tuple[int, float, float]] = []
        self.messages: list[str] = []
        self.finished = False

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        self.started = (total_steps, done)

    def advance(self, n: int, loss: float, rate: float) -> None:
        self.steps.append((n, loss, rate))
        if len(self.steps) == self.at:
            raise KeyboardInterrupt

    def message(self, text: str) -> None:
        self.messages.append(text)

    def finish(self) -> None:
        self.finished = True


def same(one: NetworkMethod, two: NetworkMethod) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


EVERY, SOME = range(1, STEPS + 1), (1, 4, 6, STEPS - 1)


@pytest.mark.parametrize(
    ("optimiser", "seconds", "stops"), [("sgd", 0.0, EVERY), ("sgd", 60.0, SOME), ("adamw", 0.0, SOME)]
)
def test_a_resumed_training_is_the_uninterrupted_one(
    data: TrainingSet, tmp_path: Path, toy: Make, optimiser: str, seconds: float, stops: Iterable[int]
) -> None:
    whole = toy(optimiser=optimiser)
    whole.fit(data, FitSession())
    for at in stops:
        folder = tmp_path / str(at)
        session = FitSession(checkpoint=folder, progress=Recorder(at), checkpoint_seconds=seconds)
        with pytest.raises(KeyboardInterrupt):
            toy(optimiser=optimiser).fit(data, session)
        resumed = toy(optimiser=optimiser)
        torch.rand(at)
        resumed.fit(data, FitSession(checkpoint=folder))
        assert same(whole, resumed), f"interrupted after step {at}"
        assert resumed.history == whole.history
        assert len(list(folder.glob("network-*"))) == 1


def test_a_finished_training_is_taken_up_as_it_is(data: TrainingSet, tmp_path: Path, toy: Make) -> None:
    one, two, recorder = toy(), toy(), Recorder()
    one.fit(data, FitSession(checkpoint=tmp_path))
    two.fit(data, FitSession(checkpoint=tmp_path, progress=recorder))
    assert same(one, two)
    assert recorder.steps == []
    assert recorder.started == (STEPS, STEPS)


def test_validation_changes_no_weight_and_keeps_the_best(data: TrainingSet, tmp_path: Path, toy: Make) -> None:
    plain, watched = toy(), toy()
    plain.fit(data, FitSession())
    states: list[dict[str, Tensor]] = []
    values = [0.1, 0.7, float("nan"), 0.3]

    def validate(method: NetworkMethod, epoch: int) -> float:
        assert not method.training
        assert epoch == len(states) + 1
        torch.rand(3)
        states.append(method.trained_state())
        return values[epoch - 1]

    watched.fit(data, FitSession(validate=validate, checkpoint=tmp_path))
    assert same(plain, watched)
    assert watched.best.epoch == 2
    assert watched.best.validation == 0.7
    assert all(torch.equal(watched.best.state[name], states[1][name]) for name in states[1])
    assert [entry.validation for entry in watched.history][:2] == [0.1, 0.7]
    again = toy()
    again.fit(data, FitSession(checkpoint=tmp_path))
    assert again.best.epoch == 2
    assert all(torch.equal(again.best.state[name], states[1][name]) for name in states[1])


def test_the_best_state_survives_an_interruption(data: TrainingSet, tmp_path: Path, toy: Make) -> None:
    values = {1: 0.9, 2: 0.1, 3: 0.2, 4: 0.3}
    session = FitSession(checkpoint=tmp_path, progress=Recorder(8), validate=lambda method, epoch: values[epoch])
    with pytest.raises(KeyboardInterrupt):
        toy().fit(data, session)
    resumed = toy()
    resumed.fit(data, FitSession(checkpoint=tmp_path, validate=lambda method, epoch: values[epoch]))
    assert resumed.best.epoch == 1
    assert resumed.best.validation == 0.9


def test_weights_depend_on_the_session_seed_alone(data: TrainingSet, toy: Make) -> None:
    one, two, other = toy(), toy(), toy()
    torch.manual_seed(5)
    one.fit(data, FitSession(seed=1))
    before = torch.get_rng_state()
    two.fit(data, FitSession(seed=1, deterministic=True))
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()
    other.fit(data, FitSession(seed=2))
    assert same(one, two)
    assert not same(one, other)


def test_history_progress_and_final_state(data: TrainingSet, toy: Make) -> None:
    method, recorder = toy(), Recorder()
    method.fit(data, FitSession(progress=recorder))
    assert recorder.started == (STEPS, 0)
    assert recorder.finished
    assert recorder.messages == ["pairs 1/2", "pairs 2/2", "scores 1/2", "scores 2/2"]
    assert [entry.stage for entry in method.history] == ["pairs", "pairs", "scores", "scores"]
    losses = [loss for _, loss, _ in recorder.steps]
    assert [entry.loss for entry in method.history] == pytest.approx([sum(losses[i : i + 3]) / 3 for i in (0, 3, 6, 9)])
    assert [n for n, _, _ in recorder.steps] == [3] * STEPS
    assert not method.training
    assert all(parameter.requires_grad for parameter in method.parameters())
    assert method.categories == ("denoise", "sr")
    assert method.begun == ["pairs", "scores"]


def test_a_stage_leaves_what_it_does_not_train(data: TrainingSet, toy: Make) -> None:
    method = toy()
    heads = {}

    def validate(network: NetworkMethod, epoch: int) -> float:
        heads[epoch] = network.get_parameter("extra.weight").clone()
        return 0.0

    method.fit(data, FitSession(validate=validate))
    assert not torch.equal(heads[1], heads[2])
    assert torch.equal(heads[2], heads[4])


def test_bfloat16_trains_float32_weights(data: TrainingSet, toy: Make) -> None:
    method = toy()
    method.fit(data, FitSession(precision="bf16"))
    assert all(p.dtype == torch.float32 for p in method.parameters())
    assert all(torch.isfinite(p).all() for p in method.parameters())


def test_a_diverging_loss_names_stage_step_and_remedy(data: TrainingSet, toy: Make) -> None:
    class Diverging(toy):  # type: ignore[misc, valid-type]
        def loss(self, stage: Stage, batch: Batch) -> Tensor:
            loss: Tensor = super().loss(stage, batch)
            return loss * float("nan") if stage.name == "scores" else loss

    recorder = Recorder()
    with pytest.raises(MethodError, match="stage 'scores' is nan at step 1 of epoch 3; lower the learning rate"):
        Diverging().fit(data, FitSession(progress=recorder))
    assert recorder.finished


def test_a_folder_of_another_training_is_refused(
    data: TrainingSet, frame: pd.DataFrame, tmp_path: Path, toy: Make
) -> None:
    toy().fit(data, FitSession(checkpoint=tmp_path))
    with pytest.raises(MethodError, match="checkpoint of another training"):
        toy().fit(data, FitSession(checkpoint=tmp_path, seed=1))
    with pytest.raises(MethodError, match="checkpoint of another training"):
        toy(learning_rate=0.5).fit(data, FitSession(checkpoint=tmp_path))
    fewer = TrainingSet(frame.iloc[1:], data.card, data.references)
    with pytest.raises(MethodError, match="delete the folder"):
        toy().fit(fewer, FitSession(checkpoint=tmp_path))


@pytest.mark.parametrize("name", ["position.pt", "network"])
def test_a_damaged_checkpoint_is_named(data: TrainingSet, tmp_path: Path, toy: Make, name: str) -> None:
    toy().fit(data, FitSession(checkpoint=tmp_path))
    (path,) = tmp_path.glob(f"{name}*")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(MethodError, match="cannot read this checkpoint"):
        toy().fit(data, FitSession(checkpoint=tmp_path))


def test_trained_state_holds_what_scoring_needs_and_is_strict(data: TrainingSet, toy: Make) -> None:
    method = toy()
    method.fit(data, FitSession())
    state = method.trained_state()
    assert not any(name.startswith("extra") for name in state)
    other = toy()
    other.load_trained_state(state)
    images = torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(method.score(images, None), other.score(images, None))
    with pytest.raises(MethodError, match=r"lacks head\.bias"):
        toy().load_trained_state({name: value for name, value in state.items() if name != "head.bias"})
    with pytest.raises(MethodError, match=r"unknown extra\.bias"):
        toy().load_trained_state({**state, "extra.bias": torch.zeros(1)})
    with pytest.raises(MethodError, match=r"another shape of head\.bias"):
        toy().load_trained_state({**state, "head.bias": torch.zeros(2)})
