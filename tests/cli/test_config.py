"""``run --config FILE``: options from a file, under the names of the flags; and completion in three shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from inprocess import run_here

GIVEN = ("--methods", "psnr,ssim", "--seed", "0,1", "--set", "ckdn.recipe=quick", "--set", "ckdn.start=random")


def test_what_is_printed_says_the_same_as_the_flags(tmp_path: Path) -> None:
    printed = run_here("run", *GIVEN, "--no-anchors", "--batch-size", 3, "--print-config")
    assert printed.returncode == 0
    assert 'methods = "psnr,ssim"' in printed.stdout
    assert "no-anchors = true" in printed.stdout
    (tmp_path / "run.toml").write_text(printed.stdout)
    again = run_here("run", "--config", tmp_path / "run.toml", "--print-config")
    assert again.stdout == printed.stdout


def test_flags_win_and_lists_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('method = ["psnr", "ssim"]\nseed = [0, 1]\nbatch_size = 3\nbest = true\n')
    printed = run_here("run", "--config", tmp_path / "run.toml", "--seed", "7", "--print-config").stdout
    for line in ('methods = "psnr,ssim"', 'seed = "7"', "batch-size = 3", "best = true"):
        assert line in printed.splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('metods = "psnr"', "there is no option 'metods'; did you mean 'methods'?"),
        ('zzzz = "psnr"', "there is no option 'zzzz'."),
        ("best = 3", "best = 3: write true or false"),
        ("[methods]\npsnr = 1", "methods: write one value, or a list"),
        ("methods =", "no TOML"),
        ("batch-size = 'x'", "'x' is not a valid integer"),
    ],
)
def test_a_wrong_file_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(text)
    run = run_here("run", "--config", tmp_path / "run.toml")
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_told_how_to_complete(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    script = completed(_IQABENCH_COMPLETE=f"{shell}_source")
    assert f"_IQABENCH_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize(
    ("shell", "words", "begun", "found"),
    [
        ("bash", "iqabench re", "1", "reproduce"),
        ("zsh", "iqabench run --me", "2", "--methods"),
        ("fish", "iqabench table --col", "--col", "--columns"),
    ],
)
def test_commands_and_options_are_completed(shell: str, words: str, begun: str, found: str) -> None:
    told = completed(_IQABENCH_COMPLETE=f"{shell}_complete", COMP_WORDS=words, COMP_CWORD=begun)
    assert found in told


def completed(**environment: str) -> str:
    """What the command prints when a shell asks it."""
    words = [sys.executable, "-m", "iqabench"]
    return subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=False).stdout
