"""One honest archive of runs on the embedded data set, made once; each test copies or alters it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from inprocess import run_here

PLUGIN = '''
import hashlib
from pathlib import Path

import torch

from iqabench import Method, method


@method("weighted", paradigms="DR FR")
class Weighted(Method):
    """Mean squared error of channels, weighted by the numbers of a file."""

    def __init__(self) -> None:
        content = Path(__file__).with_name("toy.weights").read_bytes()
        self.weights_used = {"toy": hashlib.sha256(content).hexdigest()}
        self.mix = torch.tensor([float(word) for word in content.split()])

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return -((restored - prepared).square().mean((2, 3)) * self.mix).sum(1)
'''


@dataclass(frozen=True)
class Made:
    """A folder that holds ``runs``, ``plugin.py``, ``toy.weights`` and ``honest.zip``."""

    folder: Path

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def archive(self) -> Path:
        return self.folder / "honest.zip"

    @property
    def plugin(self) -> tuple[str, str]:
        return "--plugin", str(self.folder / "plugin.py")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = Made(tmp_path_factory.mktemp("submitted"))
    (made.folder / "plugin.py").write_text(PLUGIN)
    (made.folder / "toy.weights").write_text("0.5 0.3 0.2\n")
    for words in (("psnr,weighted",), ("psnr", "--protocol", "sr-y-border4")):
        done = run_here("run", "--no-anchors", "--results", made.runs, *made.plugin, "--methods", *words)
        assert done.returncode == 0, done.stderr
    done = run_here("submit", made.runs, "--out", made.archive, "--sample", "3", *made.plugin)
    assert done.returncode == 0, done.stderr + done.stdout
    return made


@pytest.fixture
def made(made_once: Made, tmp_path: Path) -> Made:
    """A copy, free to be spoiled."""
    shutil.copytree(made_once.folder, tmp_path / "made")
    return Made(tmp_path / "made")
