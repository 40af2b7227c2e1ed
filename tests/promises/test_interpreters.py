"""The wheel in an empty environment of each Python that it promises: installed, and its main job run elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from installed import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


def uv(*words: str | Path, **options: str) -> CompletedProcess[str]:
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        pytest.skip("uv is not on the path; it finds interpreters and installs")
    line = [program, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | options)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = uv("build", "--wheel", "--out-dir", folder, CHECKOUT)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_main_job_runs(wheel: Path, version: str, tmp_path: Path) -> None:
    found = uv("python", "find", "--no-python-downloads", "--no-project", version)
    if found.returncode:
        pytest.skip(f"Python {version} is not on this machine")
    environment, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    made = uv("venv", "--no-project", "--python", found.stdout.strip(), environment)
    assert made.returncode == 0, made.stderr
    done = uv("pip", "install", "--python", environment / "bin" / "python", wheel, UV_COMPILE_BYTECODE="1")
    assert done.returncode == 0, done.stderr
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_", "UV_"))}
    line = [str(environment / "bin" / "iqabench"), "run", "--methods", "ckdn,lpips"]
    run = subprocess.run(line, cwd=empty, env=kept, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "ckdn" in run.stdout
    assert "lpips" in run.stdout
    assert {one.name for one in empty.iterdir()} == {"runs"}
