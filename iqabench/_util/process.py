"""Sets OpenMP's and malloc's options before a process computes: Linux's defaults make long CPU runs slow.

*Waiting threads.* OpenMP's threads wait for each other in a busy loop. Beside other work (here: decoding) both
may sit on one core, and a long loop then burns the time that the other thread needs. Pinning them
(``OMP_PROC_BIND``) cures that for a process that owns the machine, but puts the threads of two processes on the
same cores, and all decoding threads on the first one; a short loop cures it for everyone.

*Memory given back.* glibc maps a big buffer anew for every activation and returns it right after; each time the
kernel must clear every page. Told to keep what was freed, a process holds its peak and never clears it again.

Whoever sets ``GOMP_SPINCOUNT``, ``MALLOC_MMAP_MAX_`` or ``GLIBC_TUNABLES`` keeps the last word.
"""

from __future__ import annotations

import os
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Parameters of ``mallopt`` (malloc.h)."""
_NEVER = 2**31 - 1
_STEP = 64 * 2**20
"""Bytes by which the heap grows at least, so that it does not grow at every buffer."""


def configure_threads() -> None:
    """Shorten OpenMP's busy loop and let malloc keep what was freed; before torch is imported."""
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if sys.platform.startswith("linux") and not ({"MALLOC_MMAP_MAX_", "GLIBC_TUNABLES"} & set(os.environ)):
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            for parameter, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _STEP)):
                mallopt(parameter, value)
