"""What the campaign consists of, in the order in which it runs: correctness first, then figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.speed.harness import SpeedSetting


@dataclass(frozen=True)
class Part:
    """One part; what goes wrong in it costs no other part."""

    name: str
    title: str
    run: str
    """``module:function``, called as ``function(task)``."""
    seconds: float
    """The most that it may take; what it has not measured by then is left out."""
    needs: tuple[str, ...] = ()
    """Parts whose figures it is given; without them it is skipped."""
    uses: tuple[str, ...] = ()
    """Parts whose figures it is given if there are any."""
    alone: bool = False
    """On a GPU in a process of its own: what it sets there for good would slow the others."""


@dataclass(frozen=True)
class Task:
    """What a part is given."""

    setting: SpeedSetting
    deadline: float
    """By ``time.monotonic()``: a part that looks at it ends by itself and loses nothing."""
    keep: Callable[[str, Any], None]
    """``keep(name, figure)`` puts a figure on disk at once; a later one of the same name takes its place."""
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Figures of the parts that it needs or uses."""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()


_DATA, _BOTH = ("made-data",), ("device", "made-data")
PARTS = (
    Part("device", "The device and its peaks", "benchmarks.gpu.peaks:run", 40),
    Part("scores", "Scores on the device beside those on the CPU", "benchmarks.gpu.scores:run", 100),
    Part(
        "training-again",
        "Deterministic training, twice and resumed",
        "benchmarks.gpu.training_again:run",
        45,
        alone=True,
    ),
    Part("made-data", "Making data of PIPAL's size", "benchmarks.gpu.made_data:run", 60),
    Part("forms", "torch.compile and CUDA graphs", "benchmarks.gpu.forms:run", 150, ("device",)),
    Part("training", "The paper's whole training", "benchmarks.gpu.training:run", 120, _BOTH, ("forms",)),
    Part("scoring", "Scoring a whole PIPAL", "benchmarks.gpu.scoring:run", 60, _BOTH),
    Part("idle", "How long the device is idle", "benchmarks.gpu.idle:run", 60, _DATA, ("forms",), alone=True),
    Part("rows", "The rows of benchmarks/speed", "benchmarks.gpu.rows:run", 300, _DATA),
)
"""Their times add up to more than nine minutes: few parts take all of theirs, and what is left goes to the last."""
