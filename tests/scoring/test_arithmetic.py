"""fp32 means fp32: what a process or a plugin has set for speed changes no score, and is there again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from iqabench.scoring.arithmetic import full_precision

BACKENDS: Any = torch.backends
NEWER = hasattr(BACKENDS, "fp32_precision")


def switches() -> list[str]:
    if not NEWER:
        return [torch.get_float32_matmul_precision(), str(torch.backends.cudnn.allow_tf32)]
    # "none" means that nothing was chosen, which is full float32.
    chosen = (BACKENDS.cuda.matmul, BACKENDS.cudnn.conv, BACKENDS.mkldnn.matmul)
    return [one.fp32_precision.replace("none", "ieee") for one in chosen]


def medium() -> None:
    torch.set_float32_matmul_precision("medium")


def everywhere() -> None:
    BACKENDS.fp32_precision = "tf32"


@pytest.fixture
def kept() -> Iterator[None]:
    """The switches as they were, whichever a test turns."""
    products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    yield
    if NEWER:
        BACKENDS.fp32_precision = "none"
    torch.backends.cudnn.allow_tf32 = convolutions
    torch.set_float32_matmul_precision(products)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("choose", [lambda: None, medium, *([everywhere] if NEWER else [])])
def test_inside_it_is_float32_and_outside_as_before(choose: Callable[[], None]) -> None:
    choose()
    before = switches()
    with full_precision():
        assert not {"tf32", "bf16", "medium", "True"} & set(switches())
    assert switches() == before
