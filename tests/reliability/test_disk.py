"""Disks that are full or read-only: one clear message, nothing lost, and on it goes when they are not any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.harness.disks import UnavailableError, set_read_only, small_disk
from tests.reliability.harness.faults import Fault
from tests.reliability.harness.killing import compare
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh
from tests.reliability.harness.starving import fill_real_disk, starve, told


@pytest.mark.parametrize(("name", "share"), [("score", 0.01), ("score", 0.5), ("train", 0.5), ("reproduce", 0.7)])
def test_a_disk_that_is_full_from_some_change_on(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path, name: str, share: float
) -> None:
    starve(nursery, plans[name], truth(name), tmp_path, share)


def test_a_real_disk_that_fills_up(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path
) -> None:
    try:
        assert fill_real_disk(nursery, plans["score"], truth("score"), tmp_path, step=5) > 1
    except UnavailableError as error:
        pytest.skip(f"needs a small disk of its own: {error}")


def test_a_read_only_results_folder(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path
) -> None:
    plan, expected = plans["score"], truth("score")
    try:
        with small_disk(tmp_path / "disk", 1 << 20) as disk:
            results = disk / "r"
            half: Fault = {"kind": "kill", "at": expected.changes // 2, "watch": str(results)}
            assert nursery.run(Child(plan.words(results), fault=half))[0].killed
            set_read_only(disk, True)
            (ended,) = nursery.run(Child(plan.words(results)))
            assert told(ended, "the disk is read-only", str(results)), ended.err
            set_read_only(disk, False)
            (whole,) = nursery.run(Child(plan.words(results)))
            compare(results, expected)
            set_read_only(disk, True)
            (again,) = nursery.run(Child(plan.words(results)))
            assert again.code == 0, "what is finished can be shown from where nothing can be written"
            assert again.out == whole.out
            set_read_only(disk, False)
    except UnavailableError as error:
        pytest.skip(f"needs a disk of its own that can be made read-only: {error}")


def test_standard_output_that_is_full_or_closed(nursery: Nursery, plans: dict[str, Plan], place: Path) -> None:
    results = fresh(place / "output")
    (ended,) = nursery.run(Child((*plans["score"].words(results), "--no-anchors"), out="/dev/full"))
    assert told(ended, "standard output", "the disk is full"), ended.err
