"""What a launcher left in the environment: joining has an end, and the message says who is missing or what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from forked_program import interpreter

from iqabench._util.errors import UserError
from iqabench._util.launch import Place, join_seconds, launched_place

PAIR = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RANK": "", "WORLD_SIZE": ""},
        {"RANK": "1"},
        {"WORLD_SIZE": "abc"},
        {"RANK": "0", "WORLD_SIZE": "1"},
        {"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "nowhere"},
    ],
)
def test_without_a_whole_group_a_process_works_alone(environment: dict[str, str]) -> None:
    assert launched_place(environment) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"RANK": "one"}, "RANK=one is no whole number"),
        ({"RANK": "-1"}, "RANK=-1 is no whole number"),
        ({"WORLD_SIZE": "2.0"}, "WORLD_SIZE=2.0 is no whole number"),
        ({"RANK": "2"}, "RANK=2 with WORLD_SIZE=2: ranks are counted from 0 to 1"),
        ({"WORLD_SIZE": "0"}, "RANK=1 with WORLD_SIZE=0"),
        ({"LOCAL_RANK": "x"}, "LOCAL_RANK=x is no whole number"),
        ({"MASTER_ADDR": ""}, "MASTER_ADDR is not"),
        ({"MASTER_PORT": ""}, "MASTER_PORT is not"),
        ({"MASTER_PORT": "70000"}, "no port"),
    ],
)
def test_variables_that_make_no_sense_are_one_message(change: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        launched_place({**PAIR, **change})


def test_a_place_and_its_time_limit() -> None:
    assert launched_place({**PAIR, "LOCAL_RANK": "1"}) == Place(1, 2, 1, "127.0.0.1", 29500)
    assert join_seconds({}) == 300
    assert join_seconds({"IQABENCH_JOIN_SECONDS": "2.5"}) == 2.5
    for text in ("0", "-1", "nan", "inf", "soon"):
        with pytest.raises(UserError, match="IQABENCH_JOIN_SECONDS"):
            join_seconds({"IQABENCH_JOIN_SECONDS": text})


def start(program: Path, rank: int, seconds: str) -> subprocess.Popen[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {**os.environ, **PAIR, "RANK": str(rank), "MASTER_PORT": port, "IQABENCH_JOIN_SECONDS": seconds}
    return subprocess.Popen(
        [program, "-m", "iqabench", "run", "--methods", "psnr", "--results", "/nowhere"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def answer(error: str) -> str:
    """What a command says in the end, without the lines that a slow one fills its silence with."""
    return "\n".join(line for line in error.splitlines() if not line.endswith("..."))


def test_a_group_that_does_not_come_together_is_told_or_ended(tmp_path: Path) -> None:
    program = interpreter(tmp_path)
    first, second, stopped = start(program, 0, "0.5"), start(program, 1, "0.5"), start(program, 1, "600")
    out, error = first.communicate(timeout=200)
    assert (first.returncode, out) == (2, "")
    assert answer(error).startswith("error: process 0 of 2 waited 0.5 s for process 1, which did not come")
    assert len(answer(error).splitlines()) == 1
    out, error = second.communicate(timeout=200)
    assert (second.returncode, out) == (2, "")
    assert answer(error).startswith(
        "error: process 1 of 2 waited 0.5 s for process 0, which did not answer at 127.0.0.1:"
    )
    assert stopped.poll() is None
    stopped.send_signal(signal.SIGTERM)
    told = time.monotonic()
    assert "interrupted" in stopped.communicate(timeout=60)[1]
    assert stopped.returncode == 143
    assert time.monotonic() - told < 10
