"""``torchrun -m iqabench run``: the same bytes as one process, whoever began and whoever ends it; one clear message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from forked_program import interpreter
from forking import python
from manifests import Command, write_manifest

PLUGINS = Path(__file__).parents[1] / "plugins"
SLOW = """
import time
from iqabench import method

@method("slow", lower_is_better=True)
def slow(restored, reference):
    time.sleep(0.3)
    return (restored - reference).abs().mean((1, 2, 3))
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    manifest = write_manifest(folder, contents=8, algorithms=8)
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\nlabel_kind = 'pseudo'\n")
    (folder / "slow.py").write_text(SLOW)
    return manifest


@pytest.fixture(scope="module", params=["forks", pytest.param("fresh", marks=pytest.mark.slow)])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """With the interpreter that torchrun shall start: forks, which need not import torch, or Python itself."""
    if request.param == "fresh":
        return dict(os.environ)
    return {**os.environ, "PYTHON_EXEC": str(interpreter(tmp_path_factory.mktemp("bin")))}


@pytest.fixture(scope="module")
def words(dataset: Path) -> list[str]:
    plugins = ["--plugin", str(dataset.parent / "slow.py"), "--plugin", str(PLUGINS / "tiny_network.py")]
    shared = ["--dataset", "manifest", "--root", str(dataset), "--no-anchors", "--batch-size", "2", "--format", "csv"]
    return ["run", *plugins, *shared]


def _line(*words: str | Path) -> list[str]:
    """What ``python`` is given to start two processes of ``iqabench WORDS``."""
    return ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "iqabench", *map(str, words)]


def _pair(environment: dict[str, str], *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *_line(*words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
    )


@pytest.fixture(scope="module")
def whole(iqabench: Command, words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one process that nobody disturbed."""
    results = tmp_path_factory.mktemp("whole")
    done = iqabench(*words, "--methods", "slow,psnr", "--results", results)
    assert done.returncode == 0, done.stderr
    return results


def _scores(results: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(results)): path.read_bytes() for path in results.rglob("scores.csv")}
    return {name: text for name, text in found.items() if "tiny-network" not in name}


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.is_file() else 0


def test_two_train_and_score_what_one_would(
    words: list[str], environment: dict[str, str], whole: Path, tmp_path: Path
) -> None:
    pair = python(
        *_line(*words, "--methods", "slow,psnr,tiny-network", "--best", "--results", tmp_path), environment=environment
    )
    out, error = pair.stdout, pair.stderr
    assert pair.returncode == 0, error
    assert _scores(tmp_path) == _scores(whole)
    assert out.count("method,") == 1
    assert "4 runs computed, 0 already there" in error
    assert error.count("runs computed") == 1
    assert not list(tmp_path.rglob("scores.partial*"))
    assert len(list(tmp_path.rglob("tiny-network/none/*/scores.csv"))) == 2


def test_one_ends_what_two_began(
    iqabench: Command, words: list[str], environment: dict[str, str], whole: Path, tmp_path: Path
) -> None:
    pair = _pair(environment, *words, "--methods", "slow", "--results", tmp_path)
    deadline = time.monotonic() + 200
    parts: list[Path] = []
    while time.monotonic() < deadline and (len(parts) < 2 or min(map(_lines, parts)) < 2):
        assert pair.poll() is None, pair.communicate()[1]
        parts = list(tmp_path.rglob("scores.partial*.csv"))
        time.sleep(0.02)
    os.killpg(pair.pid, signal.SIGKILL)
    for one in _members(pair.pid):
        os.kill(one, signal.SIGKILL)
    pair.communicate()
    rows = [line.split(",")[0] for part in parts for line in part.read_text().splitlines()]
    assert len(set(rows)) == len(rows) < 12
    done = iqabench(*words, "--methods", "slow,psnr", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{len(rows)} kept from before an interruption" in done.stderr
    assert _scores(tmp_path) == _scores(whole)
    assert not list(tmp_path.rglob("scores.partial*"))


def _members(session: int) -> list[int]:
    """Processes of a session: torchrun starts its workers in groups of their own."""
    found = []
    for process in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(process) == session:
                found.append(process)
    return found


def test_a_process_that_fails_ends_the_job_with_one_message(
    dataset: Path, words: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    # Cut off after the header: it is hashed as it is, and fails when one of the two decodes it for its share.
    image = dataset.parent / "c1-a1.png"
    whole = image.read_bytes()
    image.write_bytes(whole[:900])
    split = tmp_path / "split"
    split.mkdir()
    parts = ["train" if number < 4 else "validate" for number in range(8)]
    for kind, letter in (("content", "c"), ("algorithm", "a")):
        rows = "".join(f"{letter}{number},{part}\n" for number, part in enumerate(parts))
        (split / f"{kind}s.csv").write_text(f"{kind},part\n{rows}")
    pair = python(
        *_line(*words, "--methods", "tiny-network", "--split", split, "--results", tmp_path / "r"),
        environment=environment,
    )
    image.write_bytes(whole)
    out, error = pair.stdout, pair.stderr
    assert pair.returncode != 0
    messages = [line for line in error.splitlines() if line.startswith("error:")]
    assert len(messages) == 1, error
    assert "c1-a1.png" in messages[0]
    assert not out
