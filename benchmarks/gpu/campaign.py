"""Runs the parts one after another within the time that there is; every figure is on disk as soon as it is known."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.gpu.laboratory import CUT, DONE, FAILED, SKIPPED, Laboratory
from benchmarks.gpu.parts import PARTS, Part
from benchmarks.speed.harness import SpeedSetting
from iqabench._util.errors import UserError
from iqabench._util.files import write_atomically

FIGURES, LOG = "figures.json", "log.txt"
LEAST_SECONDS = 10.0
"""A part is not begun with less time: starting Python and the device takes that long."""


@dataclass
class GpuCampaign:
    """A campaign and what it has found; :attr:`figures` is the content of ``figures.json``."""

    setting: SpeedSetting
    out: Path
    minutes: float
    say: Callable[[str], None]
    figures: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + 60 * self.minutes
        self.figures = {
            "device": self.setting.device,
            "small": self.setting.small,
            "minutes": self.minutes,
            "parts": {},
        }

    def run(self, parts: Sequence[Part] = PARTS) -> None:
        """Run ``parts``; each leaves a status, why it stands so, its seconds and its figures.

        Raises
        ------
        UserError
            If the first part fails: without a device there is no campaign.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        log = self.out / LOG
        log.unlink(missing_ok=True)
        laboratory = Laboratory(log)
        try:
            for number, part in enumerate(parts, 1):
                left = self._end - time.monotonic()
                place = f"[{number}/{len(parts)}, {_clock(left)} left] {part.title}"
                reason = self._not_begun(part, left)
                if reason:
                    self._keep(part, SKIPPED, reason, 0.0, {})
                    self.say(f"{place}: skipped, {reason}")
                    continue
                # Small, it shows that all of it runs, on however busy a machine.
                seconds = left if self.setting.small else min(part.seconds, left)
                self.say(f"{place} (at most {_clock(seconds)}) ...")
                alone = part.alone and self.setting.device.startswith("cuda")
                if alone:
                    laboratory.close()
                status, why = self._run(laboratory, part, seconds)
                if alone:
                    laboratory.close()
                if status == FAILED and number == 1:
                    raise UserError(why)
                told = f", {why}" if why else ""
                self.say(f"    {status} after {self.figures['parts'][part.name]['seconds']:.0f} s{told}")
        finally:
            laboratory.close()

    def _not_begun(self, part: Part, left: float) -> str:
        if left < LEAST_SECONDS:
            return f"the {self.minutes:g} minutes are over"
        for name in part.needs:
            if not self.figures["parts"].get(name, {}).get("figures"):
                return f"it needs the part {name!r}, which gave no figures"
        return ""

    def _run(self, laboratory: Laboratory, part: Part, seconds: float) -> tuple[str, str]:
        given = (*part.needs, *part.uses)
        order = {
            "run": part.run,
            "data": str(self.setting.data),
            "device": self.setting.device,
            "small": self.setting.small,
            "known": {name: found["figures"] for name, found in self.figures["parts"].items() if name in given},
        }
        figures: dict[str, Any] = {}
        started = time.monotonic()

        def keep(name: str, figure: Any) -> None:
            figures[name] = figure
            self._keep(part, CUT, "the campaign ended here", time.monotonic() - started, figures)

        status, why = laboratory.run(order, seconds, keep)
        self._keep(part, status, why, time.monotonic() - started, figures)
        return status, why

    def _keep(self, part: Part, status: str, why: str, seconds: float, figures: dict[str, Any]) -> None:
        found = {"title": part.title, "status": status, "why": why, "seconds": round(seconds, 2), "figures": figures}
        self.figures["parts"][part.name] = found
        write_atomically(self.out / FIGURES, json.dumps(self.figures, indent=1) + "\n")


def completed(figures: dict[str, Any]) -> bool:
    """True if no part failed."""
    return all(part["status"] in (DONE, CUT, SKIPPED) for part in figures["parts"].values())


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
