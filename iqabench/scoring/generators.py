"""Keeps a method's hands off the global random generators, which other methods and trainings draw from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def kept_generators() -> Iterator[list[str]]:
    """Put Python's, NumPy's and torch's global generators back at the end; the list then names those that moved."""
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


def _states() -> tuple[Any, Any, torch.Tensor]:
    return random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
