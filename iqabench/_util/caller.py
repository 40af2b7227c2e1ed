"""Warnings that point at the user's line, however many calls of libraries lie between."""

from __future__ import annotations

import sys
import warnings

BETWEEN = ("iqabench", "torch", "torchmetrics", "lightning")
"""Packages whose lines are not the user's: a network, a metric or a trainer may have made the call."""


def warn_caller(message: str) -> None:
    """Warn with the file and line of the nearest caller outside of :data:`BETWEEN`."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
