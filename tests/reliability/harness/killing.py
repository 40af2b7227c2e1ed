"""Kills a plan again and again, and compares what it comes to in the end with an undisturbed run."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh, printed, state
from tests.reliability.harness.whole import check_whole

WAYS = ("moment", "change", "write")
"""How a process is killed: at a moment of the clock; before its n-th change on disk; inside a write to disk."""


def kill(nursery: Nursery, plan: Plan, truth: Truth, folder: Path, kills: int, seed: int) -> Counter[str]:
    """Kill ``plan`` ``kills`` times, restarting it in between until it ends by itself; begin anew when it has.

    After every kill every file must be whole, and in the end everything must be as in ``truth``. Returns how often it
    was killed in which way, and how often it was brought to its end (``finished``).
    """
    chance, count = random.Random(f"{plan.name} {seed}"), Counter[str]()
    while sum(count[way] for way in WAYS) < kills:
        results = fresh(folder / f"{plan.name}-killed")
        for way, child in _faults(plan, truth, results, chance):
            (ended,) = nursery.run(child)
            check_whole(results, truth.state)
            if not ended.killed:
                assert ended.code == 0, ended.err
                break
            count[way] += 1
            if sum(count[one] for one in WAYS) >= kills:
                break
        (ended,) = nursery.run(Child(plan.words(results)))
        assert ended.code == 0, ended.err
        compare(results, truth)
        if truth.printed is not None:
            assert printed(ended) == truth.printed, "another table than that of the undisturbed run"
        count["finished"] += 1
    return count


def compare(results: Path, truth: Truth) -> None:
    """Assert that ``results`` holds exactly the files of the undisturbed run, with the same content."""
    found = state(results)
    assert found.keys() == truth.state.keys(), f"lost or left behind: {sorted(found.keys() ^ truth.state.keys())}"
    for name, content in found.items():
        assert content == truth.state[name], f"{name} differs from that of the undisturbed run"


def _faults(plan: Plan, truth: Truth, results: Path, chance: random.Random) -> Iterator[tuple[str, Child]]:
    words = plan.words(results)
    while True:
        way = chance.choice(WAYS)
        if way == "moment":
            yield way, Child(words, signal=signal.SIGKILL, after=chance.uniform(0, truth.seconds))
        elif way == "change":
            at = 1 + int(truth.changes * chance.random() ** 2)  # early ones more often: a restart has fewer left
            yield way, Child(words, fault={"kind": "kill", "at": at, "watch": str(results)})
        else:
            at = max(1, int(truth.largest * chance.random() ** 3))  # most files are much smaller than the largest
            yield way, Child(words, fault={"kind": "torn", "at": at})
