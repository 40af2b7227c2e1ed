"""How far a score may be off when it is computed again, by precision, device and library versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from iqabench.results.provenance import differences

SAME = 5e-5
"""fp32, the same kind of device and library versions: other numbers of threads and images at once. Measured: 1.1e-5."""
OTHER_LIBRARIES = 1e-3
"""fp32, other versions of the libraries, or a GPU for a CPU: other kernels, other order of sums."""
LOW_PRECISION = 5e-2
"""bf16 and TF32, whose rounding depends on the kernel."""
LEAST = 1e-6
"""Of a score's own size: what float32 can tell apart, for runs whose scores hardly differ."""


def tolerance(meta: Mapping[str, Any], device: str) -> tuple[float, str]:
    """The largest difference that holds, relative to the spread of a run's scores, and why, in words.

    Parameters
    ----------
    meta:
        ``run.json``.
    device:
        Kind of the device here, ``cpu`` or ``cuda``.
    """
    identity = meta["identity"]
    recorded = str(meta.get("device", "")).partition(":")[0]
    if identity["precision"] != "fp32" or identity.get("tf32"):
        return LOW_PRECISION, f"{identity['precision']}{' with TF32' if identity.get('tf32') else ''}"
    reasons = []
    if recorded != device:
        reasons.append(f"computed on {recorded or 'an unknown device'}, here {device}")
    other = differences(meta.get("versions") or {})
    if other:
        reasons.append(", ".join(other))
    return (OTHER_LIBRARIES, "; ".join(reasons)) if reasons else (SAME, "fp32, same device and library versions")


def deviation(stored: float, again: float, scores: ArrayLike) -> float:
    """Difference of two scores of an image relative to the spread (standard deviation) of all ``scores`` of the run."""
    values = np.asarray(scores, dtype=np.float64)
    spread = float(np.std(values)) if values.size > 1 else 0.0
    least = LEAST * max(abs(stored), abs(again)) / SAME
    return abs(stored - again) / max(spread, least) if stored != again else 0.0
