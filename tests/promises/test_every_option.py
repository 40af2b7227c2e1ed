"""Every option of every command is used with a real value, in the installed distribution, from an empty folder."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from installed import Installed, once
from promised import OPTION, command_of, commands, options_of
from promised_data import write_data
from promised_lines import PROMISES, Promise

pytestmark = pytest.mark.timeout(900)
"""All lines run in the first test; the others look at what each came to."""


@pytest.fixture(scope="module")
def outcomes(shared: Path, installed: Installed) -> tuple[Path, list[CompletedProcess[str]]]:
    """What each line came to, and the folder that they ran in."""

    def drive(folder: Path) -> None:
        data = folder.with_name("data")
        write_data(data)
        folder.mkdir()
        cache = str(folder.with_name("cache"))  # else weights that a line fetches would be there for other tests
        done = installed.drive([promise.words(data) for promise in PROMISES], cwd=folder, XDG_CACHE_HOME=cache)
        told = [(one.args, one.returncode, one.stdout, one.stderr) for one in done]
        folder.with_name("outcomes.json").write_text(json.dumps(told))

    folder = once(shared, "empty", drive)
    return folder, [CompletedProcess(*one) for one in json.loads(folder.with_name("outcomes.json").read_text())]


@pytest.mark.parametrize("number", range(len(PROMISES)), ids=[(command_of(one.line) or [""])[0] for one in PROMISES])
def test_line(outcomes: tuple[Path, list[CompletedProcess[str]]], number: int) -> None:
    promise, (folder, every) = PROMISES[number], outcomes
    done = every[number]
    assert done.returncode == promise.code, f"{promise.line}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    assert promise.prints in done.stdout, done.stderr
    assert promise.tells in " ".join(done.stderr.split())
    assert [one for one in promise.makes if not list(folder.glob(one))] == [], done.stderr
    check_style(promise, done.stdout)


def check_style(promise: Promise, text: str) -> None:
    """Standard output is what ``--format`` says."""
    if promise.style == "json":
        assert json.loads(text)
    if promise.style == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


def test_a_restorer_of_ones_own_makes_training_images(outcomes: tuple[Path, list[CompletedProcess[str]]]) -> None:
    """README's takes small and noisy images, which makes two algorithms beside the recipe's three."""
    folder, _ = outcomes
    assert '"mine"' in (folder / "made" / "card.toml").read_text()
    with (folder / "made" / "splits" / "algorithms.csv").open(newline="") as file:
        parts = [row["part"] for row in csv.DictReader(file)]
    assert (parts.count("train"), parts.count("validate")) == (4, 2)


def test_every_option_is_used() -> None:
    used: dict[str, set[str]] = {}
    for promise in PROMISES:
        name, _, rest = command_of(promise.line) or ("", None, "")
        used.setdefault(name, set()).update(OPTION.findall(rest))
    used[""] = {"--debug", "--version"} & {word for promise in PROMISES for word in promise.line.split()}
    missing = {
        name: sorted(options_of(command) - {"--help"} - used.get(name, set())) for name, command in commands().items()
    }
    assert {name: words for name, words in missing.items() if words} == {}


def test_every_command_is_used() -> None:
    used = {found[0] for promise in PROMISES if (found := command_of(promise.line))}
    groups = {name for name, command in commands().items() if hasattr(command, "commands")}
    assert set(commands()) - groups <= used
