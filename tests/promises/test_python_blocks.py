"""The Python that README and docs show, run in the installed distribution from an empty folder."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from installed import CHECKOUT, Installed
from manifests import write_manifest
from promised import FENCE
from synthesizing import RECIPE, write_photographs

BEFORE = """
import sys
import numpy, torch
from PIL import Image
from torch.nn.functional import l1_loss as l1
from torchvision.transforms.functional import to_tensor

def tensor(name):
    return to_tensor(Image.open(name).convert("RGB"))[None]

restored, degraded, pristine = tensor("restored.png"), tensor("degraded.png"), tensor("pristine.png")
restored.requires_grad_(True)
a = b = c = numpy.asarray(Image.open("restored.png"))
low = degraded
network = torch.nn.Upsample(scale_factor=4)

import iqabench

@iqabench.method("of-mine", paradigms="DR")
class OfMine(iqabench.Method):
    def prepare(self, reference):
        return reference
    def score(self, restored, prepared):
        return -(restored - prepared).abs().mean((1, 2, 3))

my_trained_method = OfMine()
"""
"""What the blocks take for granted."""
AFTER = """
loss.backward()
assert torch.isfinite(restored.grad).all() and restored.grad.abs().sum() > 0
print(quality, float(loss))
"""


def blocks(page: str) -> list[str]:
    """The Python blocks of a page."""
    return [match[2] for match in FENCE.finditer((CHECKOUT / page).read_text()) if match[1] == "python"]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with nothing but a restored, a degraded and a pristine picture."""
    made, folder = tmp_path / "made", tmp_path / "folder"
    made.mkdir()
    folder.mkdir()
    write_manifest(made, contents=1, algorithms=2)
    for name, old in (("restored", "c0-a1"), ("degraded", "c0-degraded"), ("pristine", "c0-pristine")):
        (made / f"{old}.png").rename(folder / f"{name}.png")
    return folder


def test_every_block_is_run_below() -> None:
    pages = [path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "docs").glob("*.md")]
    counts = {page: len(blocks(page)) for page in ("README.md", *pages)}
    assert {page: count for page, count in counts.items() if count} == {
        "README.md": 4,
        "docs/score.md": 1,
        "docs/index.md": 1,
    }


def test_score_and_loss(installed: Installed, pictures: Path) -> None:
    """``iqabench.score`` is the number that the command prints."""
    if not os.environ.get("IQABENCH_WEIGHTS"):
        pytest.skip("needs AlexNet: set IQABENCH_WEIGHTS")
    command, scored = installed.drive(
        [("score", "restored.png", "degraded.png"), ("score", "restored.png", "degraded.png", "--format", "json")],
        cwd=pictures,
    )
    assert (command.returncode, scored.returncode) == (0, 0), command.stderr
    program = "\n".join((BEFORE, blocks("README.md")[0], AFTER, blocks("docs/score.md")[0]))
    done = installed.run("python", "-P", "-c", program, cwd=pictures)
    assert done.returncode == 0, done.stderr
    quality, loss = map(float, done.stdout.split())
    (row,) = json.loads(scored.stdout)
    assert row["ckdn"] == pytest.approx(quality, abs=1e-6)
    assert f"{quality:.4f}" in command.stdout
    assert 0 < loss < 1.1


def test_an_evaluation(installed: Installed, tmp_path: Path) -> None:
    """The leaderboard and one row for each image, also where the runs are there already."""
    shown = "print(len(scores.frame), *scores.leaderboard.columns[:2])"
    program = "\n".join((blocks("README.md")[1], shown, blocks("docs/index.md")[0]))
    done = installed.run("python", "-P", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "126 dataset split"
    assert "ssim" in done.stdout
    assert "mos" in done.stdout


def test_a_metric_in_ten_lines(installed: Installed, tmp_path: Path) -> None:
    block = blocks("README.md")[2]
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    (tmp_path / "mine.py").write_text(block)
    checked, done = installed.drive(
        [("check", "--plugin", "mine.py"), ("run", "--methods", "mine", "--plugin", "mine.py", "--format", "json")],
        cwd=tmp_path,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith("pass  mine (")
    assert done.returncode == 0, done.stderr
    assert {row["method"] for row in json.loads(done.stdout)} == {"mine", "psnr", "ssim"}


def test_a_restorer_of_ones_own(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(blocks("README.md")[3])
    (tmp_path / "cheap.toml").write_text(RECIPE)
    write_photographs(tmp_path / "photos")
    words = ("--photos", "photos", "--out", "made", "--recipe", "cheap.toml", "--plugin", "mine.py")
    listed, done = installed.drive([("list", "restorers", "--plugin", "mine.py"), ("synthesize", *words)], cwd=tmp_path)
    assert [line for line in listed.stdout.splitlines() if line.startswith("mine ")]
    assert done.returncode == 0, done.stderr
    assert "mine" in (tmp_path / "made" / "card.toml").read_text()
    with (tmp_path / "made" / "splits" / "algorithms.csv").open(newline="") as file:
        parts = [row["part"] for row in csv.DictReader(file)]
    assert (parts.count("train"), parts.count("validate")) == (5, 2)  # it takes two kinds of input
