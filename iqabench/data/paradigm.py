"""The three paradigms of quality assessment: what a metric is shown beside the restored image."""

from __future__ import annotations

from enum import StrEnum


class Paradigm(StrEnum):
    """What a run shows a method beside the restored image."""

    NR = "NR"
    """No reference: the restored image alone."""
    DR = "DR"
    """Degraded reference: the input of the restoration."""
    FR = "FR"
    """Full reference: the pristine image."""


NATURAL = {Paradigm.NR: "none", Paradigm.DR: "degraded", Paradigm.FR: "pristine"}
"""The reference that a run shows by its paradigm unless another is asked for."""
