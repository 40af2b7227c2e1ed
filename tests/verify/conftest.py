"""Honest results on the embedded data set, made once, with tables and a report beside them; each test copies them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from verifying import Verified, Verify, invoke

PLUGIN = '''
import hashlib
import os
from pathlib import Path

import torch

from iqabench import Method, method


@method("mae", lower_is_better=True, paradigms="DR FR")
def mae(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))


@method("weighted", paradigms="DR FR")
class Weighted(Method):
    """Mean squared error of channels, weighted by the numbers of a file."""

    def __init__(self, power: float = 2.0) -> None:
        content = Path(os.environ["TOY_WEIGHTS"]).read_bytes()
        self.weights_used = {"toy": hashlib.sha256(content).hexdigest()}
        self.mix = torch.tensor([float(word) for word in content.split()])
        self.power = power

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return -((restored - prepared).abs().pow(self.power).mean((2, 3)) * self.mix).sum(1)
'''
TABLE2 = ("reproduce", "table2", "--methods", "psnr", "--only-table")
MADE = {
    "board.md": ("table", "--format", "markdown"),
    "board.tex": ("table", "--format", "latex"),
    "board.txt": ("table",),
    "board.csv": ("table", "--format", "csv"),
    "board.json": ("table", "--format", "json"),
    "page.html": ("report",),
    "table2.md": (*TABLE2, "--format", "markdown"),
    "table2.tex": (*TABLE2, "--format", "latex"),
    "table2.csv": (*TABLE2, "--format", "csv"),
}
"""Files beside the runs, and the commands that write them."""


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds ``plugin.py``, ``toy.weights`` and ``runs``."""
    folder = tmp_path_factory.mktemp("honest")
    (folder / "plugin.py").write_text(PLUGIN)
    (folder / "toy.weights").write_text("0.5 0.3 0.2\n")
    os.environ["TOY_WEIGHTS"] = str(folder / "toy.weights")
    cheap = Path(__file__).parents[1] / "support" / "cheap_methods.py"
    words = ["--methods", "psnr,mae,weighted,cheap", "--no-anchors", "--plugin", folder / "plugin.py"]
    code, out = invoke("run", *words, "--plugin", cheap, "--results", folder / "runs")
    assert code == 0, out
    for name, command in MADE.items():
        code, out = invoke(*command, "--results", folder / "runs", "--output", folder / name)
        assert code == 0, out
    return folder


@pytest.fixture
def tables(honest: Path, copied: Path) -> Path:
    """The copy's folder of results, with the tables and the report, which it lacks else."""
    for name in MADE:
        shutil.copy(honest / name, copied / "runs" / name)
    return copied / "runs"


@pytest.fixture
def copied(honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the honest folder, free to be spoiled."""
    folder = tmp_path / "copied"
    shutil.copytree(honest, folder)
    monkeypatch.setenv("TOY_WEIGHTS", str(folder / "toy.weights"))
    return folder


@pytest.fixture
def verify(copied: Path) -> Verify:
    """Verify the copy."""

    def run(*words: str | Path, plugin: bool = True) -> Verified:
        cheap = Path(__file__).parents[1] / "support" / "cheap_methods.py"
        plugins = ["--plugin", copied / "plugin.py", "--plugin", cheap] if plugin else []
        code, out = invoke("verify", copied / "runs", *plugins, *words, "--format", "json")
        if code == 2:
            return Verified(2, out)
        told = json.loads(out)
        names = ("runs", "tables", "unchecked", "differences")
        return Verified(code, told["verdict"], **{name: told[name] for name in names})

    return run


@pytest.fixture
def run_of(copied: Path) -> Callable[[str], Path]:
    """Folder of a method's run in the copy."""
    return lambda method: next((copied / "runs").glob(f"mini/unseen/{method}/*/*/run.json")).parent
