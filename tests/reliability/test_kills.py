"""Killed at random moments, at changes on disk and inside writes; the campaign does the same many more times."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.harness.faults import Fault
from tests.reliability.harness.killing import WAYS, compare, kill
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh
from tests.reliability.harness.whole import check_whole

KILLS = 5


@pytest.mark.parametrize("name", ["score", "train", "reproduce"])
def test_a_killed_plan_ends_as_an_undisturbed_one(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path, name: str
) -> None:
    count = kill(nursery, plans[name], truth(name), tmp_path, KILLS, seed=1)
    assert sum(count[way] for way in WAYS) == KILLS


def test_the_harness_sees_a_half_written_file(truth: Callable[[str], Truth], tmp_path: Path) -> None:
    files = truth("score").state
    name = next(one for one in files if one.endswith("scores.csv"))
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(files[name][:-5])
    with pytest.raises(AssertionError, match="differs"):
        check_whole(tmp_path, files)
    path.unlink()
    path.with_name("scores.partial.csv").write_bytes(b"c000-a000,0.25,\n")
    with pytest.raises(AssertionError, match="a row that the undisturbed run does not have"):
        check_whole(tmp_path, files)


def test_what_a_kill_leaves_beside_a_finished_model_is_removed(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], place: Path, tmp_path: Path
) -> None:
    plan, expected, results = plans["train"], truth("train"), tmp_path / "r"
    shutil.copytree(place / "train-truth", results)
    model = next(results.rglob("model.safetensors")).parent
    (model / ".model.safetensors.0123abcd.part").write_bytes(b"half")
    (model / "checkpoint").mkdir()
    (model / "checkpoint" / "network-0000012a.safetensors").write_bytes(b"old")
    (ended,) = nursery.run(Child(plan.words(results)))
    assert ended.code == 0, ended.err
    compare(results, expected)


def test_a_rerun_that_is_killed_is_taken_up(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path
) -> None:
    plan, expected, results = plans["train"], truth("train"), fresh(tmp_path / "r")
    assert nursery.run(Child(plan.words(results)))[0].code == 0
    late: Fault = {"kind": "kill", "at": expected.changes // 2, "watch": str(results)}
    assert nursery.run(Child((*plan.words(results), "--rerun"), fault=late))[0].killed
    (ended,) = nursery.run(Child(plan.words(results)))
    assert ended.code == 0, ended.err
    assert "continues after step" in ended.err
    compare(results, expected)
