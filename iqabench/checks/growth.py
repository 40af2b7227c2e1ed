"""Does a method keep what it no longer needs?"""

from __future__ import annotations

import gc
import tracemalloc
import warnings
from typing import Any

import torch

from iqabench.checks.scoring import CheckFailed, call, few_pictures

_WARM_UP, _CALLS = 1, 2


def does_not_grow(method: Any) -> None:
    """Scoring again and again takes no more memory: no image, tensor or other object of a past batch is kept."""
    restored, shown = few_pictures(method, 1)
    gc.freeze()  # what is there already is not looked at again and again: the process may hold millions of objects
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        for _ in range(_WARM_UP):
            call(method, restored, shown)
        before = _held()
        for _ in range(_CALLS):
            call(method, restored, shown)
        each = (_held() - before) / _CALLS
    finally:
        if not tracing:
            tracemalloc.stop()
        gc.unfreeze()
    # A tenth of the image: caches that fill up once and small bookkeeping pass.
    if each > restored.numel() * restored.element_size() / 10:
        raise CheckFailed(
            f"every image leaves {each / 1024:,.0f} kB behind, so a long run fills the "
            "memory; keep no list of images, features or results from batch to batch"
        )


def _held() -> float:
    """Bytes of Python's and NumPy's memory, and of the tensors made since the freeze that live, each storage once."""
    gc.collect()
    storages: dict[int, int] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # looking at every object asks deprecated ones for their class
        for thing in gc.get_objects():
            if type(thing) in (torch.Tensor, torch.nn.Parameter):
                storage = thing.untyped_storage()
                storages[storage.data_ptr()] = storage.nbytes()
    return tracemalloc.get_traced_memory()[0] + sum(storages.values())
