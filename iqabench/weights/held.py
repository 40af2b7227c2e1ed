"""Tensors that an object holds, wherever it got them: by one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch


def held_digest(thing: Any) -> str | None:
    """SHA-256 over the tensors and arrays in the attributes of ``thing``; None if it holds none.

    Modules, dictionaries, lists and tuples are looked into, other objects are not.
    """
    total = hashlib.sha256()
    found = False
    for name, array in _arrays(vars(thing), "", set()):
        found = True
        total.update(f"{name}{array.dtype}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest() if found else None


def _arrays(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu()
        yield name, (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield name, value
    elif isinstance(value, Mapping | list | tuple | torch.nn.Module) and id(value) not in seen:
        seen.add(id(value))
        inside = vars(value) if isinstance(value, torch.nn.Module) else value
        pairs = inside.items() if isinstance(inside, Mapping) else enumerate(inside)
        for key, one in pairs:
            yield from _arrays(one, f"{name}/{key}", seen)
