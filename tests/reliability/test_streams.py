"""Every command, whatever its standard streams are: closed early, of a small alphabet, or talked into by others."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from every_command import examples, leaves, line, plugin_commands

from iqabench.cli import main
from tests.reliability.harness.nursery import Child, Ended, Nursery

COMMANDS_FOLDER = Path(main.__file__).parent
NAMES = [name for name, _ in leaves()]
OF_MANY_SIGNS = ("run", "score", "table", "reproduce", "compare", "report", "list methods", "data card")
"""Commands whose signs an alphabet of 256 has in part."""
NOISE = """
import ctypes, os, subprocess, sys
from iqabench import method, restorer

def noise():
    print("NOISE")
    print("NOISE", file=sys.__stdout__)
    os.write(1, b"NOISE\\n")
    ctypes.CDLL(None).puts(b"NOISE")
    subprocess.run(["echo", "NOISE"], check=True)

noise()

@method("noisy", paradigms="NR")
def noisy(restored):
    noise()
    return restored.mean((1, 2, 3))
"""


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery, every: Path) -> dict[str, Ended]:
    """What every example prints where nothing is wrong."""
    return {name: nursery.run(Child(line(every, name)))[0] for name in NAMES}


def test_every_command_has_an_example(every: Path) -> None:
    assert set(examples(every)) == set(NAMES)


@pytest.mark.parametrize(
    ("encoding", "rank", "name"),
    [*(("ascii", "1", name) for name in NAMES), *(("cp1252", "abc", name) for name in OF_MANY_SIGNS)],
)
def test_an_odd_environment_changes_nothing(
    nursery: Nursery, every: Path, undisturbed: dict[str, Ended], encoding: str, rank: str, name: str
) -> None:
    """Streams that cannot encode every sign, and variables of a launcher that another program left behind."""
    environment = {"PYTHONIOENCODING": encoding, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "9"}
    if name != "run":  # it shares its work: see test_joining.py
        environment |= {"RANK": rank, "WORLD_SIZE": "2"}
    (ended,) = nursery.run(Child(line(every, name), environment=environment))
    expected = undisturbed[name]
    assert ended.code == expected.code, ended.err
    assert "Traceback" not in ended.err
    # Sign by sign, so that columns stay in line. A page stays UTF-8, as it says of itself.
    assert list(map(len, ended.out.splitlines())) == list(map(len, expected.out.splitlines()))
    if encoding == "ascii" and name != "report":
        assert ended.out.isascii()
        assert "\\u" not in ended.out + ended.err


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_leaves_is_no_error(
    nursery: Nursery, every: Path, undisturbed: dict[str, Ended], tmp_path: Path, name: str
) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    expected = undisturbed[name]
    for _ in range(3):  # the reader may leave too late, when all has been written
        threading.Thread(target=lambda: pipe.open("rb").close(), daemon=True).start()
        (ended,) = nursery.run(Child(line(every, name), out=str(pipe)))
        if ended.code == 141:
            break
    assert ended.code == (141 if expected.out else expected.code), ended.err
    assert "Broken pipe" not in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("name", plugin_commands())
def test_what_others_print_goes_to_standard_error(
    nursery: Nursery, every: Path, undisturbed: dict[str, Ended], tmp_path: Path, name: str
) -> None:
    (plugin := tmp_path / "noisy.py").write_text(NOISE, encoding="utf-8")
    words = line(every, name, "--plugin", str(plugin))
    (ended,) = nursery.run(Child(words))
    assert ended.code == undisturbed[name].code, ended.err
    assert "NOISE" not in ended.out
    assert ended.err.count("NOISE") >= 5


def test_json_of_a_noisy_method_is_json(nursery: Nursery, every: Path, tmp_path: Path) -> None:
    (plugin := tmp_path / "noisy.py").write_text(NOISE, encoding="utf-8")
    words = ("score", str(every / "c0-a1.png"), "--method", "noisy", "--plugin", str(plugin))
    (ended,) = nursery.run(Child((*words, "--format", "json")))
    assert json.loads(ended.out)[0]["image"] == "c0-a1.png"
    assert ended.err.count("NOISE") == 10


def test_streams_that_are_closed_harm_nothing(every: Path, tmp_path: Path) -> None:
    table = tmp_path / "findings.csv"
    command = [sys.executable, "-m", "iqabench", *line(every, "data check"), "--csv", str(table)]
    done = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command], check=False)
    assert done.returncode == 0
    assert table.read_text().startswith("severity,")


def test_an_old_locale_is_enough(every: Path) -> None:
    old = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "iqabench", *line(every, "table")]
    done = subprocess.run(command, capture_output=True, check=False, env=old)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"SRCC" in done.stdout


def test_commands_print_by_echo_alone() -> None:
    """While a command works, anything else reaches standard error: such a result would be missing without a word."""
    for file in sorted(Path(COMMANDS_FOLDER).glob("*.py")):
        if file.name == "output.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "click.echo", "click.secho"), f"{file}:{node.lineno}: use echo or tell"
                if called == "Console":
                    assert any(word.arg in ("stderr", "file") for word in node.keywords), f"{file}:{node.lineno}"
