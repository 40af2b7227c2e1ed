"""Linear axes: data to drawing units, and round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from iqabench.stats.arrays import Floats


@dataclass(frozen=True)
class Tick:
    """One mark of an axis: where it is drawn, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Scale:
    """Maps ``[low, high]`` in units of the data to ``[start, end]`` in drawing units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: ArrayLike) -> Floats:
        """Positions of ``values``."""
        share = (np.asarray(values, dtype=np.float64) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def at(self, value: float) -> float:
        """Position of one value, to a tenth of a unit."""
        return round(float(self(value)), 1)

    def ticks(self, count: int = 5, sign: int = 1) -> list[Tick]:
        """About ``count`` marks at round numbers; ``sign`` -1 writes the numbers negated (a turned score)."""
        step = _round_step(self.high - self.low, count)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return [Tick(self.at(i * step), _number(sign * i * step, digits)) for i in range(first, last + 1)]


def scale_over(values: ArrayLike, start: float, end: float, margin: float = 0.04) -> Scale:
    """A scale that holds all finite ``values`` with a margin; one value alone gets room on both sides."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = abs(low) / 10 or 1.0
    else:
        room = margin * (high - low)
    return Scale(low - room, high + room, start, end)


def _round_step(length: float, count: int) -> float:
    power = 10.0 ** math.floor(math.log10(length / count))
    return min((factor * power for factor in (1, 2, 5, 10)), key=lambda step: abs(math.log(length / step / count)))


def _number(value: float, digits: int) -> str:
    if digits > 6:
        return f"{value:.3g}"
    return f"{value:.{digits}f}".replace("-", "−") if abs(value) > 0 else f"{0:.{digits}f}"
