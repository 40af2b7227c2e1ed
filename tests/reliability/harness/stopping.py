"""Ctrl-C and SIGTERM at random moments: an exit code, a message that says how to continue, and nothing lost."""

from __future__ import annotations

import random
import shlex
import signal
from collections import Counter
from pathlib import Path

from tests.reliability.harness.killing import compare
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh
from tests.reliability.harness.whole import check_whole

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def stop(nursery: Nursery, plan: Plan, truth: Truth, folder: Path, stops: int, seed: int) -> Counter[str]:
    """Stop ``plan`` ``stops`` times, in turn by Ctrl-C and SIGTERM; returns how often each came in time."""
    chance, count = random.Random(f"{plan.name} {seed}"), Counter[str]()
    results = fresh(folder / f"{plan.name}-stopped")
    words = plan.words(results)
    continued = shlex.join(["iqabench", *words])
    while sum(count.values()) < stops:
        number = list(CODES)[sum(count.values()) % 2]
        # Python itself, before the command listens, takes some hundredths of a second.
        (ended,) = nursery.run(Child(words, signal=number, after=0.05 + chance.uniform(0, truth.seconds)))
        check_whole(results, truth.state)
        assert "Traceback" not in ended.err, ended.err
        if ended.code == CODES[number]:
            assert f"continue with: {continued}" in ended.err
            count[number.name] += 1
        elif ended.code == -number:
            count["after the work was done"] += 1
        else:
            assert ended.code == 0, ended.err
            compare(results, truth)
            fresh(results)
    (ended,) = nursery.run(Child(words))
    assert ended.code == 0, ended.err
    compare(results, truth)
    return count
