"""The process of one contender: builds its work, then repeats it whenever it is told to."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.speed.harness import Build, SpeedSetting, Work


def main() -> None:
    """Read ``lap`` and ``end`` from standard input; answer each by one line of JSON."""
    order = json.loads(sys.argv[1])
    # What a contender prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    setting = SpeedSetting(Path(order["setting"]["data"]), order["setting"]["device"], order["setting"]["small"])
    module, _, function = order["build"].partition(":")
    build: Build = getattr(import_module(module), function)
    work = build(setting, **order["options"])
    for word in sys.stdin:
        if word.strip() == "end":
            break
        print(json.dumps(timed(work)), file=answers, flush=True)
    print(json.dumps({"peak_mib": peak_mib()}), file=answers, flush=True)


def timed(work: Work) -> dict[str, Any]:
    """One lap as plain data: seconds, processors' seconds, count, outputs."""
    started, before = time.perf_counter(), sum(os.times()[:4])
    lap = work()
    seconds, cpu = time.perf_counter() - started, sum(os.times()[:4]) - before
    times = {"seconds": seconds if lap.seconds is None else lap.seconds, "cpu": cpu}
    return {**times, "count": lap.count, "outputs": dict(lap.outputs)}


def peak_mib() -> float:
    """The most memory that this process held, or the largest of the commands that it started."""
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(peaks) / 1024, 1)


if __name__ == "__main__":
    main()
