"""No command is silent for long: it says what it is at, on a terminal in a line that it wipes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from inprocess import run_here
from PIL import Image
from terminal import Seen, run_in_terminal

from iqabench._util.errors import WeightsError
from iqabench._util.progress import Overview
from iqabench._util.transfer.reach import remembered
from iqabench.weights.fetch import download

COLUMNS = (40, 120)
SLOW = """
import time

from iqabench import method

time.sleep({seconds})


@method("slow", lower_is_better=True, paradigms="DR FR")
def slow(restored, reference):
    '''Takes its time to be imported.'''
    return (restored - reference).abs().mean((1, 2, 3))
"""
BARS = """
import time

from iqabench._util import waiting
from iqabench._util.progress import Overview, messages
from iqabench.cli.output import echo, tell

with waiting.watched("iqabench test: at work"):
    time.sleep(1.8)
    tell("a first message")
    with waiting.at("reading a set"):
        time.sleep(1.8)
    with Overview() as overview:
        bar = overview.add("score a-method-with-a-long-name (degraded)", 4)
        for number in range(4):
            overview.advance(bar, 1, "epoch 1/30 loss 0.1234 rate 0.0001 and so on and so on")
            overview.say(f"message {number} of a length that a terminal of forty columns has to break somewhere")
            time.sleep(0.15)
        overview.end(bar)
    echo("the result")
"""
LOGGED = """
import time

from iqabench._util import waiting
from iqabench.cli.output import tell

with waiting.watched("at work"):
    time.sleep(2.0)
    with waiting.at("reading"):
        time.sleep(4.5)
    tell("a message")
    time.sleep(2.0)
    tell("another")
"""
MOVING = """
import time

from iqabench._util import waiting
from iqabench._util.progress import Overview

with waiting.watched("at work"), waiting.at("making a network ready"), Overview() as overview:
    task = overview.add("train a network", 4)
    overview.begin(task)
    for _ in range(4):
        time.sleep(1.6)
        overview.advance(task, 1)
    overview.end(task)
    time.sleep(1.6)
"""
QUICK = """
import time

from iqabench._util import waiting
from iqabench._util.progress import Overview

with waiting.watched("at work"):
    bars = Overview()
    bar = bars.add("train", 6)
    for _ in range(6):
        time.sleep(0.5)
        bars.advance(bar, 1)
"""
Waiting = dict[str, Future[Any]]


@pytest.fixture(scope="module", autouse=True)
def waiting() -> Iterator[Waiting]:
    """What comes of the programs above, which wait for most of their time: so they run beside one another and tests."""
    with ThreadPoolExecutor(5) as pool:
        begun: Waiting = {"logged": pool.submit(_logged), "slow bar": pool.submit(_told, MOVING)}
        begun |= {f"bars {columns}": pool.submit(_on_terminal, BARS, columns) for columns in COLUMNS}
        begun["quick bar"] = pool.submit(_told, QUICK)
        yield begun


def _logged() -> list[tuple[float, str]]:
    """What arrives on standard error, with the seconds since the beginning."""
    began, pieces = time.monotonic(), list[tuple[float, str]]()
    program = [sys.executable, "-c", LOGGED]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while piece := os.read(process.stderr.fileno(), 1 << 12):
            pieces.append((time.monotonic() - began, piece.decode()))
    return pieces


def _told(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)


def _on_terminal(program: str, columns: int) -> Seen:
    return run_in_terminal([sys.executable, "-c", program], columns)


def test_a_terminal_shows_what_is_done_and_wipes_it(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=2.5))
    words = [sys.executable, "-m", "iqabench", "list", "methods", "--plugin", str(tmp_path / "slow.py")]
    seen = run_in_terminal(words, 80)
    assert "iqabench list methods: at work (2 s)" in seen.raw
    assert "at work" not in seen.screen
    assert seen.screen.startswith("method ")


def test_without_a_terminal_one_line_says_it_and_grows(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=4.5))
    run = run_here("list", "methods", "--plugin", tmp_path / "slow.py")
    assert re.fullmatch(r"iqabench list methods: at work \.{4,7}\n", run.stderr)
    assert "at work" not in run.stdout


ENDING = """
import atexit
import sys
import tempfile

from iqabench import method


class Slow:
    def __del__(self):
        sys.__stderr__.write("freed one by one\\n")


sys.slow = [Slow()]  # beyond this module, as what torch holds
kept = tempfile.TemporaryDirectory()
print(f"temporary {kept.name}", file=sys.stderr)
atexit.register(print, "ends", file=sys.stderr)


@method("mine", lower_is_better=True, paradigms="DR FR")
def mine(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))
"""


def test_the_prompt_comes_with_the_last_word(tmp_path: Path) -> None:
    """No object is freed one by one once all is said; exit code, output and temporary files are as ever."""
    (tmp_path / "plugin.py").write_text(ENDING)
    words = [sys.executable, "-m", "iqabench", "list", "methods", "mine", "--plugin", str(tmp_path / "plugin.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "mine" in done.stdout
    assert done.stderr.splitlines()[-1] == "ends"
    (folder,) = [line.partition(" ")[2] for line in done.stderr.splitlines() if line.startswith("temporary ")]
    assert not Path(folder).exists()
    assert subprocess.run([*words[:-1], "nowhere.py"], capture_output=True, check=False).returncode == 2


def test_quiet_is_silent(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=2.5))
    Image.new("RGB", (32, 32), "red").save(tmp_path / "a.png")
    words = ("score", tmp_path / "a.png", tmp_path / "a.png", "--method", "slow", "--plugin", tmp_path / "slow.py")
    run = run_here(*words, "--quiet")
    assert (run.stdout, run.stderr) == ("0.0\n", "")
    assert "at work" in run_here(*words).stderr


def test_a_log_file_is_never_silent_for_two_seconds_and_keeps_its_lines(waiting: Waiting) -> None:
    pieces: list[tuple[float, str]] = waiting["logged"].result()
    said = "".join(text for _, text in pieces)
    assert re.fullmatch(r"at work \.{3}\nreading \.{4,7}\na message\nat work \.{3}\nanother\n", said), said
    times = [moment for moment, _ in pieces]
    assert max(later - before for before, later in pairwise(times)) < 3.0  # two, on a machine that is not busy


def test_a_bar_that_moves_slowly_has_one_line_of_dots_in_a_log_file(waiting: Waiting) -> None:
    began, dots, ended, after = waiting["slow bar"].result().stderr.splitlines()
    assert began == "train a network: 0/4, 0 s, running"
    assert re.fullmatch(r"train a network \.{5,8}", dots)
    assert ended.startswith("train a network: 4/4, ")
    assert after == "making a network ready ..."


@pytest.mark.parametrize("columns", COLUMNS)
def test_bars_and_messages_keep_apart(columns: int, waiting: Waiting) -> None:
    seen = waiting[f"bars {columns}"].result()
    joined = "".join(seen.screen.split())
    assert seen.code == 0, seen.raw
    for said in ("a first message", *(f"message {number} of" for number in range(4)), "the result"):
        assert joined.count(said.replace(" ", "")) == 1, seen.screen
    assert joined.count("a-method-with-a-long-name") == 1, seen.screen
    assert "at work" not in seen.screen
    assert "reading a set (1 s)" in seen.raw


def test_a_host_that_cannot_be_reached_is_tried_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    said = []
    for _ in range(2):  # it is remembered within one command, not for the next
        with remembered():
            for name in ("one", "two"):
                with pytest.raises(WeightsError) as error:
                    download(f"http://{host}/{name}.pth")
                said.append(str(error.value))
    tried = f"http://{host}/one.pth cannot be reached (ConnectionError)"
    known = f"http://{host}/two.pth: {host} was not tried again: it cannot be reached (NewConnectionError)"
    assert said == [tried, known, tried, known]


def test_a_connection_that_breaks_off_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        hanging_up = threading.Thread(target=lambda: [server.accept()[0].close() for _ in range(2)], daemon=True)
        hanging_up.start()
        with remembered():
            for _ in range(2):
                with pytest.raises(WeightsError, match=r"cannot be reached \(ConnectionError\)"):
                    download(f"http://{host}/one.pth")
        hanging_up.join(5)
    assert not hanging_up.is_alive()


def test_a_bar_that_has_ended_says_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with Overview() as overview:
        bar = overview.add("heat maps psnr", 13)
        overview.advance(bar, 10)
        overview.end(bar)
    (last,) = [line for line in capsys.readouterr().err.splitlines() if line.endswith("done")]
    assert last.startswith("heat maps psnr: 10/13")
    assert "left" not in last


def test_a_bar_that_moves_is_no_silence(waiting: Waiting) -> None:
    done = waiting["quick bar"].result()
    assert "train: 1/6" in done.stderr
    assert "at work" not in done.stderr
