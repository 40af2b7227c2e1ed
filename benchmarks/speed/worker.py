"""The process of one contender: builds its work, then repeats it whenever it is told to."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.speed.harness import Build, SpeedSetting


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
        started, before = time.perf_counter(), sum(os.times()[:4])
        lap = work()
        seconds, cpu = time.perf_counter() - started, sum(os.times()[:4]) - before
        times = {"seconds": seconds if lap.seconds is None else lap.seconds, "cpu": cpu}
        print(json.dumps({**times, "count": lap.count, "outputs": dict(lap.outputs)}), file=answers, flush=True)
    # A contender that starts commands is as large as the largest of them.
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"peak_mib": round(peak, 1)}), file=answers, flush=True)


if __name__ == "__main__":
    main()
