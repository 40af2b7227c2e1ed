"""Guarded formulas: the values of the library to the last bit, and slopes that are finite everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from baselines.shared.finite_slopes import FiniteSlopes, angle, argument, power, root
from iqabench.checks.samples import noisy, pristine
from iqabench.methods.registry import Registry


@pytest.mark.parametrize(
    ("guarded", "plain"),
    [
        (root, torch.sqrt),
        (lambda x: power(x, 0.25), lambda x: x**0.25),
        (lambda x: power(x, torch.tensor(0.3)), lambda x: x ** torch.tensor(0.3)),
        (lambda x: power(x, 3), lambda x: x**3),
        (lambda x: angle(x, x - 2), lambda x: torch.atan2(x, x - 2)),
        (lambda x: argument(torch.complex(x, x - 1)), lambda x: torch.angle(torch.complex(x, x - 1))),
    ],
)
def test_values_and_ordinary_slopes_stay(
    guarded: Callable[[Tensor], Tensor], plain: Callable[[Tensor], Tensor]
) -> None:
    results = []
    for form in (guarded, plain):
        values = torch.tensor([0.3, 1.5, 7.0], requires_grad=True)
        result = form(values)
        (slope,) = torch.autograd.grad(result.sum(), values)
        results.append((result.detach(), slope))
    assert torch.equal(results[0][0], results[1][0])
    torch.testing.assert_close(results[0][1], results[1][1])


def test_slopes_at_zero_are_zero() -> None:
    for form in (
        torch.sqrt,
        lambda x: x**0.25,
        lambda x: torch.atan2(x, x),
        lambda x: torch.angle(torch.complex(x, x)),
    ):
        zero = torch.zeros(2, requires_grad=True)
        with FiniteSlopes():
            result = form(zero)
        (slope,) = torch.autograd.grad(result.sum(), zero)
        assert result.tolist() == [0, 0]
        assert slope.tolist() == [0, 0]
    assert torch.equal(torch.sqrt(torch.zeros(1)), torch.zeros(1))


NAMES = ["ms-ssim", "fsim", "gmsd", "ms-gmsd", "vif", "vsi", "mdsi", "haarpsi", "sr-sim", "dss", "iw-ssim"]


@pytest.mark.parametrize("name", NAMES)
def test_a_score_does_not_depend_on_whether_a_gradient_is_asked(name: str) -> None:
    method = Registry().get(name).create()
    reference = pristine(max(64, method.info.minimum_size))
    reference[..., : reference.shape[-1] // 3] = 0.5
    restored = noisy(reference, 0.05)
    restored[..., : reference.shape[-1] // 4] = 0.5
    scores = method.score(restored, method.prepare(reference))
    watched = restored.clone().requires_grad_()
    assert torch.equal(method.score(watched, method.prepare(reference)).detach(), scores)
