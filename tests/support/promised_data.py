"""What the lines of ``promised_lines`` read: a data set, photographs, plugins, a recipe, a plan, a checkpoint."""

from __future__ import annotations

from pathlib import Path

import torch
from every_command import write_inputs
from made_sets import csiq, tar_of
from manifests import write_manifest
from promised import blocks
from released_ckdn import checkpoint, made_network
from releases import Pictures
from synthesizing import RECIPE, write_photographs
from tiny_plan import tiny_plan

PLUGIN = '''
from torch import nn

from iqabench import method
from iqabench.training import NetworkMethod, Optimiser, Recipe, Stage


@method("started", paradigms="NR", training_references=())
class Started(NetworkMethod):
    """A tiny network whose recipe and start can be chosen."""

    def __init__(self, recipe="quick", start="auto", epochs=1):
        super().__init__()
        self.recipe = Recipe(recipe, (Stage("regress", epochs, Optimiser("adam", 1e-2), crop=48),), batch_size=4)
        self.body = nn.Sequential(nn.Conv2d(3, 4, 5, stride=4), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(4, 1)

    def loss(self, stage, batch):
        return nn.functional.mse_loss(self.head(self.body(batch.restored))[:, 0], batch.quality)

    def prepare(self, reference):
        return None

    def score(self, restored, prepared):
        return self.head(self.body(restored))[:, 0]
'''
OVERRIDE = '''
from iqabench import method


@method("gmsd", lower_is_better=True, paradigms="DR FR")
def gmsd(restored, reference):
    """Takes the name of a built-in method."""
    return (restored - reference).abs().mean((1, 2, 3))
'''
MEDIAN = '''
from iqabench import restorer


@restorer("median", takes="noise", category="01")
def median(image, scale):
    """Takes the name of a built-in restorer."""
    return image
'''
TABLE = tiny_plan('label = "Trained"\nmethod = "started"')


def write_data(folder: Path) -> None:
    """A data set, photographs, plugins, a recipe, a plan, a checkpoint."""
    folder.mkdir()
    write_inputs(folder)
    (folder / "others").mkdir()
    write_manifest(folder / "others", contents=4, algorithms=4, size=80)
    write_photographs(folder / "photos")
    pictures = Pictures(folder / "pictures")
    for level, name in enumerate(("A0201", "A0201_00_00", "A0201_00_01")):
        pictures.put(folder / "ntire" / f"{name}.bmp", level)
    for name, text in (
        ("mine.py", blocks("README.md")[1]),
        ("restorer.py", blocks("docs/synthesize.md")[0]),
        ("tiny.py", blocks("docs/train-a-metric.md")[0]),
        ("pairs.py", blocks("docs/data.md")[0]),
        ("plugin.py", PLUGIN),
        ("override.py", OVERRIDE),
        ("median.py", MEDIAN),
        ("cheap.toml", RECIPE),
        ("table.toml", TABLE),
        ("mine.toml", 'name = "mine"\ncolour = "y"\nborder = 2\n'),
        ("run.toml", 'methods = ["ssim"]\ncolumns = "method,srcc"\n'),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    torch.save(checkpoint(made_network()), folder / "released.pth")
    (folder / "csiq.tar").write_bytes(tar_of(csiq(), "w"))
