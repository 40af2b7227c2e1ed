"""One row of the table: several contenders do the same work in turn, and their outputs are compared.

Every contender lives in a process of its own (its environment variables, its memory) and sleeps while another
works. A round lets each work once, the first of the round changing from round to round; a ratio is taken
within a round, so that what slows the machine for a while slows both sides of it. Beside the time by the clock
stands the processors' time that a unit of work took, which other work on the machine disturbs far less.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SpeedSetting:
    """What all contenders of a run share."""

    data: Path
    """Folder of :mod:`benchmarks.speed.data`."""
    device: str = "cpu"
    small: bool = False
    """True for a few images only: it shows that a row runs, its figures mean nothing."""


@dataclass(frozen=True)
class Lap:
    """One contender's work of one round."""

    count: int
    """Units of work done: images, training steps, ..."""
    outputs: Mapping[str, float] = field(default_factory=dict)
    """What came out, by image id; compared between contenders."""
    seconds: float | None = None
    """Where a lap measures itself, such as the time to a first sign of life; else it is timed whole."""


Work = Callable[[], Lap]
Build = Callable[..., Work]


@dataclass(frozen=True)
class Contender:
    """``build`` (``module:function``) is called as ``function(setting, **options)`` and returns the lap to repeat."""

    name: str
    build: str
    options: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Modules beyond the project's own; without them the contender is reported as not measured."""


@dataclass(frozen=True)
class Target:
    """``fast`` must reach ``at_least`` times the rate of ``slow``, and outputs differ by no more than ``within``."""

    fast: str
    slow: str
    at_least: float
    within: float | None = None


@dataclass(frozen=True)
class SecondsTarget:
    """One lap of ``contender`` must take less than ``seconds``."""

    contender: str
    seconds: float


@dataclass(frozen=True)
class PeakTarget:
    """``contender`` must never hold more than ``mib`` of memory."""

    contender: str
    mib: float


@dataclass(frozen=True)
class SpeedRow:
    """One row of the table."""

    name: str
    """Name of its file of figures."""
    work: str
    contenders: tuple[Contender, ...]
    targets: tuple[Target | SecondsTarget | PeakTarget, ...] = ()
    unit: str = "images/s"
    limit: str = ""
    """What limits it, in words; the roofline's figures stand beside."""
    gflop: float | None = None
    """Arithmetic of one unit of our work (2 x MAC), for the share of the machine's peak."""
    device: str = ""
    """Device that the targets are stated for, such as ``cuda``; on another one they are not judged."""


def measure(row: SpeedRow, setting: SpeedSetting, rounds: int) -> dict[str, Any]:
    """Run ``row`` and return its figures as plain data (the content of ``figures/<row>.json``)."""
    present = [one for one in row.contenders if all(find_spec(module) for module in one.needs)]
    absent = {one.name: f"not measured: {', '.join(one.needs)} not installed" for one in row.contenders}
    children = {one.name: _Child(one, setting) for one in present}
    laps: dict[str, list[dict[str, Any]]] = {one.name: [] for one in present}
    try:
        for child in children.values():
            child.lap()  # not counted: first use of every code path and of the page cache
        for turn in range(rounds):
            shift = turn % len(present)
            for one in present[shift:] + present[:shift]:
                laps[one.name].append(children[one.name].lap())
    finally:
        peaks = {name: child.close() for name, child in children.items()}
    return figures_of(row, setting, rounds, laps, peaks, absent)


def figures_of(
    row: SpeedRow,
    setting: SpeedSetting,
    rounds: int,
    laps: Mapping[str, Sequence[Mapping[str, Any]]],
    peaks: Mapping[str, float | None],
    absent: Mapping[str, str],
) -> dict[str, Any]:
    """The figures of ``row`` from its contenders' ``laps`` (count, seconds, cpu, outputs) and peaks of memory in MiB.

    ``absent`` says of a contender without laps why it has none.
    """
    judged = setting.device.startswith(row.device)
    figures = {
        name: {
            **_summary([lap["count"] / lap["seconds"] for lap in done]),
            "cpu_ms": _summary([1000 * lap["cpu"] / lap["count"] for lap in done]),
            "peak_mib": peaks[name],
        }
        for name, done in laps.items()
    }
    return {
        "row": row.name,
        "work": row.work,
        "unit": row.unit,
        "limit": row.limit,
        "gflop": row.gflop,
        "rounds": rounds,
        "device": setting.device,
        "small": setting.small,
        "contenders": {one.name: figures.get(one.name) or absent[one.name] for one in row.contenders},
        "targets": [_judged(target, laps if judged else {}, peaks if judged else {}) for target in row.targets],
    }


def _judged(
    target: Target | SecondsTarget | PeakTarget,
    laps: Mapping[str, Sequence[Mapping[str, Any]]],
    peaks: Mapping[str, float | None],
) -> dict[str, Any]:
    facts = asdict(target)
    if isinstance(target, PeakTarget):
        peak = peaks.get(target.contender)
        return {**facts, "measured": peak, "met": None if peak is None else peak < target.mib}
    if isinstance(target, SecondsTarget):
        if target.contender not in laps:
            return {**facts, "measured": None, "met": None}
        spread = _summary([lap["seconds"] for lap in laps[target.contender]])
        return {**facts, "measured": spread, "met": spread["median"] < target.seconds}
    if target.fast not in laps or target.slow not in laps:
        return {**facts, "measured": None, "met": None}
    pairs = list(zip(laps[target.fast], laps[target.slow], strict=True))
    rates = [(one["count"] / one["seconds"]) / (other["count"] / other["seconds"]) for one, other in pairs]
    spread, difference = _summary(rates), None
    work = _summary([(other["cpu"] / other["count"]) / max(one["cpu"] / one["count"], 1e-9) for one, other in pairs])
    if target.within is not None:
        difference = largest_difference(pairs[-1][0]["outputs"], pairs[-1][1]["outputs"])
    close = difference is None or difference <= (target.within or 0)
    met = spread["median"] >= target.at_least and close
    return {**facts, "measured": spread, "measured_cpu": work, "difference": difference, "met": met}


def largest_difference(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Largest distance of two sets of scores; raises KeyError if they are not of the same images."""
    if set(one) != set(other):
        raise KeyError(f"the contenders scored different images: {sorted(set(one) ^ set(other))[:3]}")
    return max(abs(one[key] - other[key]) for key in one)


def _summary(values: Sequence[float]) -> dict[str, Any]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "values": list(values)}


class _Child:
    """A contender in a process of its own, told by lines on its standard input when to work."""

    def __init__(self, contender: Contender, setting: SpeedSetting) -> None:
        self._name = contender.name
        order = {"build": contender.build, "options": dict(contender.options), "setting": asdict(setting)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.worker", json.dumps(order, default=str)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A short busy wait for all: on a machine with other work a peer would else burn most of its time in it.
            env={"GOMP_SPINCOUNT": "1000", **os.environ, **contender.environment},
        )

    def lap(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("lap")
        return answer

    def close(self) -> float | None:
        """End the process; return the largest memory it held, in MiB, or None if it had failed before."""
        if self._process.poll() is not None:
            return None
        peak = self._ask("end")["peak_mib"]
        self._process.wait()
        return float(peak)

    def _ask(self, word: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} failed; its message stands above")
        return json.loads(line)
