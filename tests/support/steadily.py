"""A contender of the speed benchmarks that takes a given time and imports next to nothing."""

from __future__ import annotations

from benchmarks.speed.harness import Lap, SpeedSetting, Work


def steady(setting: SpeedSetting, score: float, seconds: float) -> Work:
    """Work that says it took ``seconds`` and found ``score``."""
    return lambda: Lap(1 if setting.small else 2, {"one": score}, seconds)
