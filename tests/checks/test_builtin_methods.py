"""Every built-in method keeps the contract."""

from __future__ import annotations

import pytest

from iqabench.checks.run import check_method
from iqabench.methods.registry import Registry
from iqabench.weights import locate

REGISTRY = Registry()
NAMES = [entry.info.name for entry in REGISTRY.entries(n for n in REGISTRY.names() if REGISTRY.is_builtin(n))]


@pytest.mark.parametrize("name", NAMES)
def test_builtin_method_keeps_the_contract(name: str) -> None:
    entry = REGISTRY.get(name)
    if entry.info.requires:
        pytest.skip(f"needs {', '.join(entry.info.requires)}, which only its user has")
    if not entry.info.trainable:
        absent = [weights for weights in entry.info.weights if locate(weights) is None]
        if absent:
            pytest.skip(f"pretrained weights not here: {', '.join(absent)} (set IQABENCH_WEIGHTS)")
    failures = {result.check: result.message for result in check_method(entry) if not result.passed}
    assert failures == {}


def test_there_are_builtin_methods() -> None:
    assert {"psnr", "ssim", "lpips", "ckdn"} <= set(NAMES)


def test_every_builtin_loss_promises_its_gradient() -> None:
    # FSIM's holds for the smallest steps only; the mean of an algorithm looks at no image; SFSN counts grey levels;
    # NIQE, IL-NIQE and BRISQUE look up the shapes of distributions in a table.
    silent = {name for name in NAMES if not REGISTRY.get(name).info.differentiable}
    assert silent == {"fsim", "algorithm-mean", "sfsn", "niqe", "il-niqe", "brisque"}
