"""What several rooms' tests share: a small manifest made of real photographs, and the real command."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

import pytest
from forking import command, hold_servers, toolkit
from manifests import Command, write_manifest

from iqabench.__main__ import COLLECT_AFTER

# As the command does: threads that wait in a busy loop make tests beside other work several times slower.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# Tests run in two processes: one thread each fills two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Else each of hundreds of processes compiles half of iqabench, and pytest all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Before pytest's other processes begin, which share them.
hold_servers()
# No test finds what the user has remembered: roots of data sets, and terms that were accepted.
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="iqabench-config-")


# While tests and libraries are imported, too.
gc.set_threshold(COLLECT_AFTER)


def pytest_collection_finish() -> None:
    """Tests and libraries are there until the end: to look for garbage among them costs a tenth of the time."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Libraries complain at the end of objects that nobody could free."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def iqabench() -> Command:
    """Run the command ``iqabench WORDS`` in a process of its own and return what came of it."""
    return command


@pytest.fixture(scope="session")
def forked_workers() -> None:
    """Processes that this one starts by ``multiprocessing`` need not import torch."""
    multiprocessing.set_executable(toolkit().interpreter)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all of pytest's processes share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest of 6 contents x 6 algorithms at 64x64, made anew for each test."""
    folder = tmp_path / "dataset"
    folder.mkdir()
    return write_manifest(folder)


@pytest.fixture
def test_data() -> Path:
    """The folder of real data; the test is skipped, visibly, where it is not there."""
    folder = os.environ.get("IQABENCH_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real data: set IQABENCH_TEST_DATA to its folder")
    return Path(folder)
