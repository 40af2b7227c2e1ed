"""Ctrl-C and SIGTERM end a command cleanly; a lock is waited for if its owner lives, and taken if it is dead."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from iqabench._util import interruption
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth
from tests.reliability.harness.stopping import CODES, stop


@pytest.mark.parametrize("name", ["score", "train"])
def test_a_stopped_plan_says_how_to_continue_and_does(
    nursery: Nursery, plans: dict[str, Plan], truth: Callable[[str], Truth], tmp_path: Path, name: str
) -> None:
    assert sum(stop(nursery, plans[name], truth(name), tmp_path, stops=2, seed=3).values()) == 2


def test_the_command_that_is_told_does_not_begin_anew() -> None:
    told = interruption.message(["run", "--methods", "a b", "--rerun", "--debug"])
    assert told.endswith("continue with: iqabench run --methods 'a b' --debug")
    assert interruption.message(["list", "methods"]) == "interrupted"


def test_a_second_signal_ends_at_once(nursery: Nursery, plans: dict[str, Plan], tmp_path: Path) -> None:
    plugin = tmp_path / "stubborn.py"
    plugin.write_text(
        "import os, signal, time\nfrom iqabench import method\n"
        "@method('stubborn', paradigms='NR')\n"
        "def stubborn(restored):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(60)\n"
        "    except KeyboardInterrupt:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(60)\n"
    )
    words = [*plans["score"].words(tmp_path / "r"), "--plugin", str(plugin), "--references", "none", "--no-anchors"]
    words[words.index("--methods") + 1] = "stubborn"
    (ended,) = nursery.run(Child(tuple(words)))
    assert ended.code == CODES[signal.SIGTERM]
    assert ended.seconds < 30
