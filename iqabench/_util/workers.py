"""Processes of our own that begin in milliseconds: forks of one that has imported what each of them needs."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext


def worker_context(*modules: str) -> ForkServerContext | SpawnContext:
    """Where ``Process`` and ``Pipe`` of working processes come from.

    The first process that is started imports ``modules``, which takes seconds where torch is among them; it and all
    later ones are forks of a process that has done so, and that starts no thread and touches no GPU. Where that cannot
    be (Windows), each imports them itself.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context
