"""One digest for the same tensors, whatever file they came in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def tensor_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over the sorted names, shapes and little-endian float32 values of ``state``.

    The same arrays have the same digest as safetensors, torch file or converted pickle.
    """
    total = hashlib.sha256()
    for name in sorted(state):
        values = state[name].detach().cpu().float().contiguous()
        total.update(f"{name}{tuple(values.shape)}".encode())
        total.update(values.numpy().astype("<f4", copy=False).data)
    return total.hexdigest()


def bytes_digest(content: bytes) -> str:
    """SHA-256 of ``content``, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
