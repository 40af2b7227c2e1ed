"""Restores the global random generators after a method has run, because other methods and trainings draw from them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def kept_generators() -> Iterator[list[str]]:
    """Put the global generators of Python, NumPy and torch (CPU and GPUs) back; the list then names what moved."""
    before = _states()
    moved: list[str] = []
    try:
        yield moved
    finally:
        after = _states()
        if before[0] != after[0]:
            moved.append("random")
            random.setstate(before[0])
        if before[1][2:] != after[1][2:] or not np.array_equal(before[1][1], after[1][1]):
            moved.append("numpy.random")
            np.random.set_state(before[1])  # noqa: NPY002  the global one is what must not move
        if not torch.equal(before[2], after[2]):
            moved.append("torch")
            torch.set_rng_state(before[2])
        # Before CUDA is used for the first time there is nothing to keep: its generators then begin by the seed.
        if any(not torch.equal(one, two) for one, two in zip(before[3], after[3], strict=False)):
            moved.append("torch.cuda")
            torch.cuda.set_rng_state_all(before[3])


def _states() -> tuple[Any, Any, torch.Tensor, list[torch.Tensor]]:
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return random.getstate(), np.random.get_state(), torch.get_rng_state(), devices  # noqa: NPY002
