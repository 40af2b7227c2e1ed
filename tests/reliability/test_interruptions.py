"""Ctrl-C and SIGTERM at random moments of light commands: from the first import to the end, one line at most."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
from every_command import line
from forking import toolkit
from manifests import Command

CODES = {signal.SIGINT: (130, -signal.SIGINT), signal.SIGTERM: (143, -signal.SIGTERM)}
"""A signal that comes after the work is done, or before a module of ours is imported, ends the process itself."""

SCRIPT = Path(sysconfig.get_path("scripts")) / "iqabench"


def _listening() -> None:
    """A shell has its background jobs ignore Ctrl-C, which their children inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _ended(command: list[str], number: int, after: float) -> tuple[int, str, str]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_listening
    )
    time.sleep(after)
    process.send_signal(number)
    printed, said = process.communicate(timeout=120)
    return process.returncode, printed, said


@pytest.fixture(scope="module")
def moments(every: Path) -> tuple[float, float]:
    """Seconds after which Python alone has begun, and after which the command has ended."""
    return _seconds([sys.executable, "-c", ""]), _seconds([str(SCRIPT), *line(every, "score")])


@pytest.mark.parametrize(
    ("start", "number"),
    [([str(SCRIPT)], signal.SIGINT), ([sys.executable, "-m", "iqabench"], signal.SIGTERM)],
    ids=["script", "module"],
)
def test_a_light_command_can_be_stopped_at_any_moment(
    every: Path, moments: tuple[float, float], start: list[str], number: int
) -> None:
    chance = random.Random(number)
    command = [*start, *line(every, "score")]
    python, whole = moments
    for _ in range(3):
        # What Python itself takes to begin is its own, and it shows a traceback.
        code, scored, said = _ended(command, number, chance.uniform(2 * python, whole))
        assert code in (0, *CODES[number]), said
        assert "Traceback" not in said
        # A slow machine is told that the command works; see waiting.py. Notes belong to scores that were printed.
        told = [one for one in said.splitlines() if one.strip() and "score psnr" not in one and not one.endswith("...")]
        assert len([one for one in told if not (one.startswith("note: ") and scored)]) <= 1, said


def test_scores_before_a_stop_are_printed_with_their_notes(iqabench: Command, every: Path, tmp_path: Path) -> None:
    (plugin := tmp_path / "stopping.py").write_text(
        "import os, signal\n"
        "from iqabench import method\n"
        "@method('stopping', paradigms='NR')\n"
        "def stopping(restored):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return restored.mean((1, 2, 3))\n"
    )
    done = iqabench(*line(every, "score")[:-1], "psnr,stopping", "--plugin", plugin)
    assert done.returncode == 130
    assert "psnr" in done.stdout
    assert "note: psnr: nearness to the degraded image is no quality" in done.stderr
    assert "error: interrupted: 0 of 1 image scored" in done.stderr


def _seconds(command: list[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, capture_output=True, check=True)
    return time.monotonic() - began


def test_an_import_that_swallows_everything_cannot_swallow_a_signal(tmp_path: Path) -> None:
    plugin = tmp_path / "swallowing.py"
    plugin.write_text(
        "import os, signal, time\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "except BaseException:\n"
        "    time.sleep(60)\n"
    )
    command = [str(SCRIPT), "list", "methods", "--plugin", str(plugin)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50, preexec_fn=_listening)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_a_terminal_stops_children_too_without_a_traceback(tmp_path: Path) -> None:
    """Ctrl-C reaches every process of a terminal, also one that is importing what a plugin needs."""
    (plugin := tmp_path / "slow.py").write_text(
        "import multiprocessing, time\nfrom iqabench import method\n"
        "if multiprocessing.parent_process() is not None:\n"
        "    print('IMPORTING', flush=True)\n"
        "    time.sleep(60)\n"
        "@method('slow', paradigms='NR')\n"
        "def slow(restored):\n"
        "    return restored.mean((1, 2, 3))\n"
    )
    reading, writing = os.pipe()
    with open(os.devnull, "r+b") as nothing, os.fdopen(reading, encoding="utf-8") as told:  # noqa: PTH123
        streams = (nothing.fileno(), nothing.fileno(), writing)
        process = toolkit().start([SCRIPT, "check", "--plugin", plugin], streams, new_group=True)
        os.close(writing)
        # What a child prints goes to standard error, behind the dots of a slow start if there are some.
        assert next(line for line in told if line.endswith("IMPORTING\n"))
        os.killpg(process.pid, signal.SIGINT)
        said = [line for line in told.read().splitlines() if line.strip(".")]
    assert (process.wait(50), said) == (130, ["interrupted"])
