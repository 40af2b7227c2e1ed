"""Arithmetic in full float32: fp32 means fp32 on every device, whatever the process or a plugin has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch


@contextmanager
def full_precision() -> Iterator[None]:
    """Turn TensorFloat-32 and reduced matrix products off inside, and back afterwards.

    TF32 keeps 10 of float32's 23 bits in convolutions (torch's default on recent GPUs) and changes scores in the third
    digit; ``set_float32_matmul_precision("medium")`` does the like on a CPU.
    """
    try:
        products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
        newer = _newer_in_use()
    except RuntimeError:  # torch refuses its older switches once the process has used the newer ones
        newer = True
    if newer:
        with _newer_switches():
            yield
        return
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        with suppress(RuntimeError):  # a method has used the newer switches meanwhile
            torch.backends.cudnn.allow_tf32 = convolutions
            torch.set_float32_matmul_precision(products)


def _newer_in_use() -> bool:
    """True if the process has chosen a precision by the switches of torch 2.9, from which the older ones inherit."""
    backends: Any = torch.backends
    if not hasattr(backends, "fp32_precision"):
        return False
    return any(one.fp32_precision not in ("none", "ieee") for one in (backends, backends.cudnn, backends.mkldnn))


@contextmanager
def _newer_switches() -> Iterator[None]:
    backends: Any = torch.backends
    switches = [
        *(backends.cuda.matmul, backends.cudnn.conv, backends.cudnn.rnn),
        *(backends.mkldnn.matmul, backends.mkldnn.conv, backends.mkldnn.rnn),
    ]
    before = [one.fp32_precision for one in switches]
    for one in switches:
        one.fp32_precision = "ieee"
    try:
        yield
    finally:
        for one, precision in zip(switches, before, strict=True):
            one.fp32_precision = precision
