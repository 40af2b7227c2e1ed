"""A method that learns raises when it scores before it has learnt, whoever wrote it; what was learnt ends that."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

import iqabench
from iqabench import method
from iqabench._util.errors import MethodError
from iqabench.methods.contract import Method, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import untrained_scores
from iqabench.training import FitSession, NetworkMethod

REGISTRY = Registry()
TRAINABLE = [
    entry.info.name
    for entry in REGISTRY.entries(name for name in REGISTRY.names() if REGISTRY.is_builtin(name))
    if entry.info.trainable
]
CHEAP = {"recipe": "quick", "start": "random", "pretrained": False}


def create(name: str) -> Any:
    entry = REGISTRY.get(name)
    return entry.create(**{key: value for key, value in CHEAP.items() if key in entry.parameter_names()})


def score(made: Any) -> object:
    if made.scores_rows:
        return made.score_rows(pd.DataFrame({"category": ["00"], "algorithm": ["00_00"]}))
    images = torch.rand(1, 3, *(2 * [max(64, made.info.minimum_size)]))
    return made.score(images, None if made.info.paradigms == (Paradigm.NR,) else made.prepare(images))


@pytest.mark.parametrize("name", TRAINABLE)
def test_no_untrained_method_scores(name: str) -> None:
    made = create(name)
    with pytest.raises(MethodError, match=f"{name} has not been trained: .*iqabench run --methods {name}"):
        score(made)
    if made.scores_rows:
        return
    with pytest.raises(MethodError, match="has not been trained"):
        iqabench.loss(made)
    if name == "ckdn":
        with pytest.raises(MethodError, match="take ckdn-released or ckdn-shipped"):
            score(made)
        with untrained_scores():
            assert isinstance(score(made), Tensor)
        made.load_trained_state(made.trained_state())
        assert isinstance(score(made), Tensor)


def test_there_are_such_methods() -> None:
    named = {"ckdn", "ckdn-nr", "nima", "meon", "diqam", "hall-iqa", "pieapp", "swdn", "lpips-tuned", "algorithm-mean"}
    named |= {"two-stream", "brisque"}
    assert named <= set(TRAINABLE)


class Learner:
    """As a plugin would write it: it knows no base class of methods."""

    def __init__(self) -> None:
        self.offset = 0.0

    def fit(self, data: float, session: FitSession) -> None:
        if data < 0:
            raise ValueError("no data")
        self.offset = data

    def trained_state(self) -> dict[str, Tensor]:
        return {"offset": torch.tensor(self.offset)}

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        self.offset = state["offset"].item()

    def score(self, restored: Tensor, prepared: None) -> Tensor:
        return restored.mean((1, 2, 3)) + self.offset


def test_a_plugins_class_is_guarded_too() -> None:
    learner: Any = method("learner", paradigms="NR")(type("Child", (Learner,), {}))
    made = learner()
    with pytest.raises(MethodError, match="learner has not been trained"):
        score(made)
    with pytest.raises(ValueError, match="no data"):
        made.fit(-1.0, FitSession())
    with pytest.raises(MethodError, match="learner has not been trained"):
        score(made)
    made.fit(1.0, FitSession())
    other = learner()
    other.load_trained_state(made.trained_state())
    assert score(made) is not None
    assert score(other) is not None


def test_a_method_that_learns_nothing_scores_at_once() -> None:
    class Plain(Method):
        def score(self, restored: Tensor, prepared: None) -> Tensor:
            return restored.mean((1, 2, 3))

    assert Plain().score(torch.ones(1, 3, 2, 2), None).item() == 1


def test_torchs_own_way_to_load_counts() -> None:
    made: NetworkMethod = create("diqam")
    made.load_state_dict(made.state_dict())
    assert isinstance(score(made), Tensor)
