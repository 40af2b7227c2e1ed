"""The example of CKDN as a loss: gradients reach the restored image, and only there."""

from __future__ import annotations

import pytest
import torch

import iqabench
from benchmarks.examples import sr_with_ckdn_loss as example
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import mark_trained
from iqabench.predict.loss import Loss


@pytest.fixture
def loss() -> Loss:
    torch.manual_seed(0)
    method = Registry().get("ckdn").create(recipe="quick", start="random")
    mark_trained(method)
    return iqabench.loss(method)


def test_the_loss_is_one_minus_the_score_and_has_a_gradient(loss: Loss) -> None:
    restored = torch.rand(2, 3, 48, 48, requires_grad=True)
    degraded = torch.rand(2, 3, 48, 48)
    value = loss(restored, degraded)
    with torch.no_grad():
        scores = [
            float(loss.method.score(restored[i : i + 1], loss.method.prepare(degraded[i : i + 1]))) for i in (0, 1)
        ]
    assert float(value.detach()) == pytest.approx(1 - sum(scores) / 2, abs=1e-6)
    value.backward()
    assert restored.grad is not None
    assert float(restored.grad.abs().max()) > 0
    assert all(parameter.grad is None for parameter in loss.method.parameters())


def test_photographs_of_training_and_judging_are_different() -> None:
    training, judged = example.photographs(None)
    assert training
    assert judged
    assert not {id(photo) for photo in training} & {id(photo) for photo in judged}
    for photo in training + judged:
        assert photo.pristine.shape[1:] == tuple(4 * length for length in photo.low.shape[1:])


def test_both_trainings_start_alike_and_the_loss_changes_the_end(loss: Loss) -> None:
    photos, _ = example.photographs(None)
    runs = [example.train(photos[:2], one, 1.0, steps=2, batch=1, seed=3) for one in (None, None, loss)]
    plain, again, with_loss = ([p.detach() for p in run.parameters()] for run in runs)
    assert all(torch.equal(a, b) for a, b in zip(plain, again, strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(plain, with_loss, strict=True))
