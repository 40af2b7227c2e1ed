"""What the other tests of this room run is the wheel, and nothing of the checkout."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from installed import CHECKOUT, Installed

import iqabench

WHAT_IS_FOUND = """
import importlib.metadata, importlib.util, sys
import iqabench
print(iqabench.__file__)
print(importlib.metadata.distribution("iqabench").locate_file(""))
print(*sys.path, sep="|")
print(importlib.util.find_spec("tests"))
"""


def test_the_wheel_is_what_is_found(installed: Installed, tmp_path: Path) -> None:
    done = installed.start("python", "-P", "-c", WHAT_IS_FOUND, cwd=tmp_path)
    module, distribution, path, tests = done.stdout.splitlines()
    assert Path(module).is_relative_to(installed.packages), done.stderr
    assert Path(distribution).resolve() == installed.packages.resolve()
    assert str(CHECKOUT) not in path.split("|")
    assert tests == "None"


def test_every_entry_point_loads(seen: dict[str, Any]) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert seen["loaded"] == {**project["entry-points"], "console_scripts": project["scripts"]}


def test_the_command_and_the_module_are_one(installed: Installed, tmp_path: Path) -> None:
    for words in (("iqabench", "--version"), ("python", "-P", "-m", "iqabench", "--version")):
        done = installed.start(*words, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"iqabench, version {iqabench.__version__}\n"
