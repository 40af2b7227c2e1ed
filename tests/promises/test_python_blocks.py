"""The Python that README and docs show, run in the installed distribution from an empty folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from installed import Installed
from manifests import write_manifest
from promised import blocks, pages

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
assert 0 < float(loss.detach()) < 1.1
"""
COMMAND = """
import contextlib, io, json
from iqabench.cli.main import main
sys.argv = ["iqabench", "score", "restored.png", "degraded.png", "--format", "json"]
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
    main()
(row,) = json.loads(said.getvalue())
print(quality, row["ckdn"])
"""


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


def test_every_block_is_known() -> None:
    """README's second, and those of data and synthesize, are plugins, which ``promised_lines`` uses.

    Tutorials are run by ``test_tutorials``.
    """
    counts = {page.place: len(blocks(page.place)) for page in pages()}
    assert {place: count for place, count in counts.items() if count} == {
        "README.md": 3,
        "docs/add-a-metric.md": 3,
        "docs/data.md": 1,
        "docs/protocols.md": 1,
        "docs/score.md": 1,
        "docs/index.md": 1,
        "docs/quick-start.md": 1,
        "docs/synthesize.md": 1,
        "docs/train-a-metric.md": 1,
        "docs/training-loop.md": 4,
    }
    assert len([line for line in blocks("README.md")[1].splitlines() if line.strip()]) <= 10


def test_score_and_loss(installed: Installed, pictures: Path) -> None:
    """``iqabench.score`` is the number that the command prints."""
    if not os.environ.get("IQABENCH_WEIGHTS"):
        pytest.skip("needs AlexNet: set IQABENCH_WEIGHTS")
    program = "\n".join((BEFORE, blocks("README.md")[0], AFTER, blocks("docs/score.md")[0], COMMAND))
    done = installed.run("python", "-P", "-c", program, cwd=pictures)
    assert done.returncode == 0, done.stderr
    quality, printed = map(float, done.stdout.split())
    assert quality == pytest.approx(printed, abs=1e-6)


def test_validation_in_a_training_loop(installed: Installed, pictures: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    said = "print(sorted(means), [metric.protocol and metric.protocol.name for metric in validation.metrics])"
    program = "\n".join((BEFORE, *blocks("docs/training-loop.md"), said))
    done = installed.run("python", "-P", "-c", program, cwd=pictures)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['ckdn', 'gmsd', 'psnr'] [None, 'sr-y-border4', 'sr-y-border4', None]"
    assert list(pictures.glob("experiment/events.out.tfevents.*"))


def test_an_evaluation(installed: Installed, tmp_path: Path) -> None:
    """The leaderboard and one row for each image, also where the runs are there already."""
    shown = "print(len(scores.frame), *scores.leaderboard.columns[:2])"
    program = "\n".join((blocks("README.md")[2], shown, blocks("docs/index.md")[0], blocks("docs/protocols.md")[0]))
    done = installed.run("python", "-P", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "176 dataset split"
    assert "ssim" in done.stdout
    assert "mos" in done.stdout
    assert "sr-y-border4" in done.stdout
