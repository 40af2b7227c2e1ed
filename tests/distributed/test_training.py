"""Two processes train one network: as one process would, and on from where it stopped."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from forking import libraries
from pair_worker import Noisy, Plain, one_step, trained, training_set

from iqabench.training import FitSession


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes left behind."""
    folder = tmp_path_factory.mktemp("pair")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    environment = {**os.environ, **address, "PYTHONPATH": os.pathsep.join(sys.path)}
    # Imported, not run as a script: a checkpoint knows its network by the name of its module.
    words = ["-c", "import pair_worker; pair_worker.main()", folder]
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        streams = (nothing.fileno(), 2, 2)
        pair = [libraries().start(words, streams, environment={**environment, "RANK": rank}) for rank in ("0", "1")]
    assert [one.wait() for one in pair] == [0, 0]
    return folder


@pytest.fixture(scope="module")
def pair(folder: Path) -> list[dict[str, Any]]:
    """What each of two processes found."""
    return [torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in (0, 1)]


def close(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return all(torch.allclose(one[name], two[name], rtol=1e-4, atol=1e-6) for name in one)


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def test_each_item_is_dealt_once_and_shares_cost_alike(pair: list[dict[str, Any]]) -> None:
    first, second = (one["share"] for one in pair)
    assert first + second == list(range(1, 30))
    assert abs(sum(first) - sum(second)) <= 29


def test_processes_tell_each_other(pair: list[dict[str, Any]]) -> None:
    for one in pair:
        assert one["gathered"] == [0, 1]
        assert one["from_first"] == "said by 0"
        assert one["tally"] == 3


def test_no_thread_of_the_group_outlives_it(pair: list[dict[str, Any]]) -> None:
    # One that still held a tensor when Python ended would abort the process, some of the time.
    for one in pair:
        assert not [name for name in one["threads"] if "gloo" in name]


def test_gradients_of_uneven_shares_are_those_of_the_whole_batch(pair: list[dict[str, Any]], tmp_path: Path) -> None:
    alone = one_step(training_set(tmp_path), (0, 1))
    for one in pair:
        for name, gradient in alone["gradients"].items():
            found = one["step"]["gradients"][name]
            if name.startswith("unused"):
                assert gradient is None
                assert found is None or not found.any()
            else:
                assert gradient.abs().max() > 1e-4
                torch.testing.assert_close(found, gradient, rtol=1e-5, atol=1e-8)
        torch.testing.assert_close(one["step"]["report"], alone["report"])


def test_a_training_by_two_is_that_by_one(pair: list[dict[str, Any]], tmp_path: Path) -> None:
    alone = trained(Plain(), training_set(tmp_path), FitSession())
    for one in pair:
        assert close(one["plain"]["state"], alone["state"])
        assert one["plain"]["losses"] == pytest.approx(alone["losses"], rel=1e-5)


def test_both_hold_one_network_and_a_resume_leaves_no_trace(pair: list[dict[str, Any]]) -> None:
    first, second = pair
    assert same(first["noisy"]["state"], second["noisy"]["state"])
    for one in pair:
        assert same(one["noisy"]["state"], one["resumed"]["state"])
        assert one["noisy"]["losses"] == one["resumed"]["losses"]


@pytest.mark.parametrize("at", [2, 4])
def test_one_process_takes_up_what_two_began(pair: list[dict[str, Any]], folder: Path, tmp_path: Path, at: int) -> None:
    data = training_set(tmp_path / "images")
    shutil.copytree(folder / f"Plain{at}", tmp_path / "checkpoint")
    alone = trained(Plain(), data, FitSession())
    resumed = trained(Plain(), data, FitSession(checkpoint=tmp_path / "checkpoint"))
    assert close(resumed["state"], alone["state"])
    assert resumed["losses"] == pytest.approx(alone["losses"], rel=1e-5)


def test_one_process_takes_up_the_random_states_of_two(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "Noisy2", tmp_path / "checkpoint")
    resumed = trained(Noisy(), training_set(tmp_path / "images"), FitSession(checkpoint=tmp_path / "checkpoint"))
    assert all(torch.isfinite(one).all() for one in resumed["state"].values())
