"""A disk that is full from some moment on: one clear message, nothing lost, and on it goes when there is room again."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.harness.disks import fill, small_disk
from tests.reliability.harness.faults import Fault
from tests.reliability.harness.killing import compare
from tests.reliability.harness.nursery import Child, Ended, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh
from tests.reliability.harness.whole import check_whole


def told(ended: Ended, *words: str) -> bool:
    """True if the process ended with code 2 and a message, not a traceback, that holds ``words``."""
    return ended.code == 2 and "Traceback" not in ended.err and all(word in ended.err for word in words)


def starve(nursery: Nursery, plan: Plan, truth: Truth, folder: Path, share: float) -> None:
    """Let the disk be full from a ``share`` of the plan's changes on, then not any more."""
    results = fresh(folder / f"{plan.name}-starved")
    fault: Fault = {"kind": "full", "at": 1 + int(truth.changes * share), "watch": str(results)}
    (ended,) = nursery.run(Child(plan.words(results), fault=fault))
    assert told(ended, "the disk is full", str(results), "give the same command again"), ended.err
    check_whole(results, truth.state)
    assert nursery.run(Child(plan.words(results)))[0].code == 0
    compare(results, truth)


def fill_real_disk(nursery: Nursery, plan: Plan, truth: Truth, folder: Path, step: int) -> int:
    """Run on a real small disk, with ``step`` more free pages after each time it was full, until there is room.

    Returns how often it was full. Raises UnavailableError where none can be mounted.
    """
    rows: list[int] = []
    with small_disk(folder / "disk", 1 << 20) as disk:
        while True:
            fill(disk, step)
            (ended,) = nursery.run(Child(plan.words(disk / "r")))
            if ended.code == 0:
                break
            assert told(ended, "the disk is full"), ended.err
            check_whole(disk / "r", truth.state)
            rows.append(_rows(disk / "r"))
        assert rows == sorted(rows), "rows were lost"
        compare(disk / "r", truth)
    return len(rows)


def _rows(results: Path) -> int:
    files = [*results.rglob("scores.csv"), *results.rglob("scores.partial.csv")]
    return sum(path.read_bytes().count(b"\n") for path in files)
