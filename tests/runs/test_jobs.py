"""Runs as jobs: submitted once, requeued without loss, collected into the same table."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from forked_program import interpreter, module
from forking import begin
from manifests import Command, write_manifest

from iqabench._util.errors import UserError
from iqabench._util.progress import Overview
from iqabench.cli.cluster import PROGRAM
from iqabench.cli.job import read_job
from iqabench.reproduce.campaign import ReproduceRequest
from iqabench.reproduce.job import TablesJob
from iqabench.reproduce.jobs import Choices
from iqabench.runs.choices import Environment, Limits, MachineChoice
from iqabench.runs.cluster.queue import FOLDER, Resources, Work, submit, wait, why_not
from iqabench.runs.evaluation import EvaluationRequest
from iqabench.runs.job import EvaluationJob

LOCAL = Resources("local", minutes=10)
SLOW = """
import time
from iqabench import method

@method("slow", lower_is_better=True)
def slow(restored, reference):
    time.sleep(0.3)
    return (restored - reference).abs().mean((1, 2, 3))

@method("wrong-shape", paradigms="NR")
def wrong_shape(restored):
    return restored.mean((2, 3))
"""


@pytest.fixture(params=["forks", pytest.param("fresh", marks=pytest.mark.slow)])
def quickly(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What jobs compute is begun in milliseconds; slowly by Python itself."""
    if request.param == "fresh":
        return
    monkeypatch.setattr(sys, "executable", str(interpreter(tmp_path / "bin")))


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    folder = tmp_path / "dataset"
    folder.mkdir()
    manifest = write_manifest(folder, contents=8, algorithms=8)
    (folder / "slow.py").write_text(SLOW)
    shared = ["--dataset", "manifest", "--root", str(manifest), "--no-anchors", "--batch-size", "1"]
    return ["run", "--plugin", str(folder / "slow.py"), *shared]


def _job(words: list[str], method: str, results: Path) -> EvaluationJob:
    """What the command line ``words`` asks for, of one method."""
    request = EvaluationRequest(
        methods=(method,), dataset="manifest", root=Path(words[words.index("--root") + 1]), anchors=False,
        results=results,
    )  # fmt: skip
    plugins = (Path(words[words.index("--plugin") + 1]),)
    return EvaluationJob(request, Environment(MachineChoice(batch_size=1), plugins), Limits())


def _children(process: int) -> list[int]:
    return [child.pid for child in psutil.Process(process).children()]


def _rows(results: Path) -> list[str]:
    return [line for file in results.rglob("scores.partial.csv") for line in file.read_text().splitlines()]


@pytest.mark.usefixtures("quickly")
def test_a_preempted_job_goes_on_where_it_stopped(words: list[str], tmp_path: Path) -> None:
    results, whole = tmp_path / "r", tmp_path / "whole"
    undisturbed = begin(*words, "--methods", "slow", "--results", whole)
    (queued,) = submit([Work("slow", _job(words, "slow", results))], results, LOCAL, PROGRAM)
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and len(_rows(results)) < 3:
        time.sleep(0.05)
    before = _rows(results)
    assert 3 <= len(before) < 12
    (task,) = _children(int(queued.job.job_id))
    os.kill(task, signal.SIGUSR2)
    wait([queued], LOCAL, Overview(quiet=True))
    log = queued.job.stderr()
    assert "preempted" in log
    assert "kept from before an interruption" in log
    assert queued.job.result() == 0
    assert undisturbed.wait() == 0
    (scores,), (expected,) = ([*folder.rglob("scores.csv")] for folder in (results, whole))
    assert scores.read_bytes() == expected.read_bytes()
    assert set(before) <= set(scores.read_text().splitlines())


def test_the_command_waits_collects_and_submits_nothing_twice(
    iqabench: Command, words: list[str], tmp_path: Path
) -> None:
    results = tmp_path / "r"
    assert iqabench(*words, "--methods", "psnr", "--results", results).returncode == 0
    clustered = (*words, "--methods", "psnr,ssim,wrong-shape", "--results", results, "--cluster", "local")
    done = module(interpreter(tmp_path / "bin"), "iqabench", *clustered)
    assert done.returncode == 2
    requests = [read_job(file.with_suffix(".json")).request for file in (results / FOLDER).glob("*.job")]
    assert sorted(one.methods for one in requests) == [("ssim",), ("wrong-shape",)]
    assert "1 run computed, 1 already there" in done.stderr
    (message,) = (line for line in done.stderr.splitlines() if line.startswith("error:"))
    assert "wrong-shape" in message
    assert "returned shape" in message
    assert "psnr" in done.stdout
    assert "ssim" in done.stdout


def _fake(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def _slurm(folder: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """Commands that answer as Slurm's do."""
    folder.mkdir(exist_ok=True)
    _fake(folder, "srun", "exit 1")
    _fake(folder, "sbatch", f'cp "$1" {folder}/script; echo x >> {folder}/submissions; echo Submitted batch job 71')
    _fake(folder, "sacct", f'printf "JobID|State|NodeList\\n71_0|{state}|n\\n71_1|{state}|n\\n"')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_slurm_gets_one_array_and_is_asked_before_a_second(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import submitit

    fakes, results = tmp_path / "bin", tmp_path / "r"
    works = [Work(name, _job(words, name, results)) for name in ("a", "b")]
    resources = Resources("slurm", minutes=90, partition="long", account="lab", gpus=2, cpus=6)
    _slurm(fakes, monkeypatch, "PENDING")
    queued = submit(works, results, resources, PROGRAM)
    assert [one.job.job_id for one in queued] == ["71_0", "71_1"]
    script = (fakes / "script").read_text()
    for line in ("array=0-1", "time=90", "partition=long", "account=lab", "gpus-per-node=2", "ntasks-per-node=2"):
        assert f"#SBATCH --{line}" in script
    assert "cpus-per-task=6" in script
    assert "--signal=USR2" in script
    assert [one.job.job_id for one in submit(works, results, resources, PROGRAM)] == ["71_0", "71_1"]
    assert (fakes / "submissions").read_text().count("x") == 1
    submitit.SlurmJob.watcher.clear()
    _slurm(fakes, monkeypatch, "CANCELLED")
    submit(works, results, resources, PROGRAM)
    assert (fakes / "submissions").read_text().count("x") == 2
    assert "ended without a result" in why_not(queued[0])


def test_no_cluster_here_is_one_message(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="--cluster slurm: no job could be submitted"):
        submit([Work("a", _job(words, "a", tmp_path))], tmp_path / "r", Resources("slurm", minutes=1), PROGRAM)


REQUESTS = [
    EvaluationJob(
        EvaluationRequest(
            methods=("lpips", "mine"), dataset="manifest", root=Path("a folder/m.csv"), splits=(None, "split1"),
            references=("lr-x4",), settings={"mine": {"width": 2, "rate": 1e-3, "on": True, "of": [1, "b"], "x": {}}},
            recipe="paper", start="random", train_on="mini", seeds=(0, 3), best=True, anchors=False,
            deterministic=True, compile_steps=True, allow_outside_root=True, mos_direction="lower",
        ),
        Environment(MachineChoice("cuda:1", "bf16", 4, 3, Path("kept"), 2.5), (Path("mine.py"),), True, Path("w")),
        Limits(2.5, 900.0),
    ),
    TablesJob(
        "table2",
        ReproduceRequest(
            Path("runs"), "pipal", Path("p"),
            choices=Choices((1,), {"ckdn": {"a": 1}}, {"ckdn": "random"}, ("ckdn",), True),
        ),
        Environment(), deterministic=True, group="1a2b",
    ),
]  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.kind)
def test_a_request_is_read_as_it_was_written(request_: EvaluationJob | TablesJob, tmp_path: Path) -> None:
    work = Work("any", request_)
    (tmp_path / "request.json").write_text(work.text())
    assert read_job(tmp_path / "request.json") == request_
    assert Work("another name", request_).key == work.key


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--gpus", "2"), "--gpus says how jobs are submitted"), (("--cluster", "local", "--rerun"), "requeued job")],
)
def test_options_that_do_not_go_together(
    iqabench: Command, words: list[str], options: tuple[str, ...], message: str
) -> None:
    done = iqabench(*words, "--methods", "psnr", *options)
    assert done.returncode == 2
    assert message in done.stderr
