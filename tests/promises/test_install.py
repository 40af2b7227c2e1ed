"""Every hint at an installation works: iqabench is on no package index, so nothing installs it by its name alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from promised import CHECKOUT, Text, helps, messages, pages

BY_NAME = re.compile(
    r"(?:pip install|tool install|uv add|uvx|--from|--with)(?: +-[\w-]+)* +['\"]?iqabench(?![\w-])(?!(?:\[\w+\])? @ )"
)
"""``pip install iqabench``, ``pip install 'iqabench[figures]'``; not ``iqabench @ git+ADDRESS``."""
EXTRA = re.compile(r"(?:install '?\.\[|--extra |how_to_get\(['\"])([a-z]+)")


def other_files() -> list[Text]:
    """What is neither a page nor a message: workflows, notebooks, contributing, docstrings, tests' reasons."""
    places = ["*.md", "docs/examples/*", "docs/notebooks/*", ".github/**/*.*", ".pre-commit-config.yaml"]
    code = [f"{room}/**/*.py" for room in ("iqabench", "ckdn", "baselines", "benchmarks", "tests")]
    files = [path for pattern in (*places, *code) for path in sorted(CHECKOUT.glob(pattern))]
    own = Path(__file__).resolve()
    return [Text(str(path), path.read_text(encoding="utf-8")) for path in files if path.resolve() != own]


def test_nothing_is_installed_by_its_name() -> None:
    texts = (*pages(), *helps(), *messages(), *other_files())
    assert [(text.place, found[0]) for text in texts for found in BY_NAME.finditer(text.text)] == []


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("pip install iqabench", True),
        ("`pip install 'iqabench[zoo]'`", True),
        ("uv tool install iqabench && iqabench run", True),
        ("pip install 'iqabench @ git+ADDRESS'", False),
        ("pip install '.[zoo]' in a clone of iqabench's", False),
        ("pip install . ; then iqabench run", False),
    ],
)
def test_the_pattern_knows_them(line: str, caught: bool) -> None:
    assert bool(BY_NAME.search(line)) is caught


def test_every_extra_is_one_of_the_package() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {name for text in (*pages(), *other_files()) for name in EXTRA.findall(text.text)}
    assert named - set(project["optional-dependencies"]) == set()
    assert {"figures", "zoo", "fetch", "wandb"} <= named


@pytest.mark.parametrize("name", ["leaderboard", "restoration-quality"])
def test_a_workflow_installs_from_an_address_to_fill_in(name: str) -> None:
    text = (CHECKOUT / "docs" / "examples" / f"{name}.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["env"]["IQABENCH"].startswith("https://")
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    installing = [one for one in steps if "pip install" in one]
    assert installing
    assert all(one.startswith('pip install "iqabench @ git+$IQABENCH"') for one in installing)
    assert "fill in IQABENCH" in text.replace("Fill", "fill")


FOLDER = {"url": "file:///home/anna/iqabench", "dir_info": {}}
EDITABLE = {"url": "file:///home/anna/iqabench", "dir_info": {"editable": True}}
GIT = {"url": "https://example.org/iqabench.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}


@pytest.mark.parametrize(
    ("installer", "origin", "hint"),
    [
        ("pip", FOLDER, "pip install '.[figures]', in a clone of iqabench"),
        ("pip", EDITABLE, "pip install '.[figures]', in a clone of iqabench"),
        ("uv", EDITABLE, "uv sync --extra figures, in a clone of iqabench"),
        ("uv", FOLDER, "uv pip install '.[figures]', in a clone of iqabench"),
        ("pip", GIT, "pip install 'iqabench[figures] @ git+https://example.org/iqabench.git'"),
        ("", None, "pip install '.[figures]', in a clone of iqabench"),
    ],
)
def test_the_hint_fits_the_installation(installer: str, origin: object, hint: str, tmp_path: Path) -> None:
    """By the record that an installer leaves beside the package."""
    (record := tmp_path / "iqabench-0.1.0.dist-info").mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: iqabench\nVersion: 0.1.0\n")
    (record / "INSTALLER").write_text(f"{installer}\n")
    if origin is not None:
        (record / "direct_url.json").write_text(json.dumps(origin))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(CHECKOUT)))}
    program = "from iqabench._util.extras import how_to_get; print(how_to_get('figures'))"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hint
