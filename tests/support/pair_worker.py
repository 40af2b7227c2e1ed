"""One of two processes that work together; :func:`main` runs in a launcher's environment, its argument is a folder.

What it finds goes to ``FOLDER/rank<N>.pt``. The networks and the data are the test's, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor, nn

from iqabench._util import distributed
from iqabench.data.base import Card
from iqabench.training import Batch, FitSession, NetworkMethod, Optimiser, Recipe, SilentProgress, Stage, TrainingSet
from iqabench.training.step import Stepper

CARD = Card(name="toy", label_kind="pseudo", mos_range=(900.0, 1900.0))
ROWS = 11
BATCH = 5


class Plain(NetworkMethod):
    """No batch norm, no dropout: the gradient of a batch is the mean of its rows' gradients."""

    def __init__(self) -> None:
        super().__init__()
        stage = Stage("scores", 2, Optimiser(learning_rate=0.05), clip_norm=0.5)
        self.recipe = Recipe("plain", (stage,), batch_size=BATCH, drop_last=False)
        self.body = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(4, 1)
        self.unused = nn.Linear(4, 1)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        return nn.functional.mse_loss(self.head(self.body(batch.restored))[:, 0], batch.quality)


class Noisy(Plain):
    """Batch norm and dropout: states that a resume must bring back in every process."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.4),
                                  nn.AdaptiveAvgPool2d(1), nn.Flatten())  # fmt: skip


class Stop(SilentProgress):
    """Interrupts a training after ``at`` steps."""

    def __init__(self, at: int) -> None:
        self.left = at

    def advance(self, n: int, loss: float, rate: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def training_set(folder: Path) -> TrainingSet:
    """Eleven random images; 11 = 5 + 5 + 1 rows, so that shares are uneven and one is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for index in range(ROWS):
        path = folder / f"{index}.png"
        if not path.exists():
            pixels = np.random.default_rng(index).integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(path)
        names = {"image_id": f"i{index:02d}", "image": str(path), "content": f"c{index % 3}", "algorithm": f"a{index}"}
        rows.append({**names, "category": "x", "task": "x", "mos": 900.0 + 90 * index})
    return TrainingSet(pd.DataFrame(rows), CARD)


def one_step(data: TrainingSet, process: tuple[int, int]) -> dict[str, Any]:
    """The gradients of one step on the first batch, and the loss that is reported."""
    torch.manual_seed(3)
    network = Plain()
    stage = network.recipe.stages[0]
    step = Stepper(network, stage, FitSession())
    device = torch.device("cpu")
    batches = data.batches(stage, BATCH, seed=0, epoch=0, view=network.view, device=device, process=process)
    report = step(next(iter(batches)), 0.0)
    gradients = {name: one.grad for name, one in network.named_parameters()}
    return {"gradients": gradients, "report": report}


def trained(network: NetworkMethod, data: TrainingSet, session: FitSession) -> dict[str, Any]:
    """The state and the losses that training comes to."""
    network.fit(data, session)
    return {"state": network.state_dict(), "losses": [record.loss for record in network.history]}


def _results(folder: Path) -> Iterator[tuple[str, Any]]:
    rank, size = distributed.rank(), distributed.size()
    items = list(range(1, 30))
    yield "share", distributed.share(items, lambda item: item)
    yield "gathered", distributed.gathered(rank)
    yield "from_first", distributed.from_first(f"said by {rank}")
    tally = distributed.Tally("test")
    tally.add(rank + 1)
    distributed.gathered(None)
    yield "tally", tally.add(0)
    data = training_set(folder / f"images{rank}")
    yield "step", one_step(data, (rank, size))
    yield "plain", trained(Plain(), data, FitSession())
    yield "noisy", trained(Noisy(), data, FitSession())
    for at in (2, 4):
        for kind in (Plain, Noisy):
            kept = FitSession(checkpoint=folder / f"{kind.__name__}{at}", progress=Stop(at), checkpoint_seconds=0.0)
            with suppress(KeyboardInterrupt):
                kind().fit(data, kept)
    session = FitSession(checkpoint=folder / "Noisy4")
    yield "resumed", trained(Noisy(), data, session)


def main() -> None:
    """Do everything, then keep what came of it."""
    folder = Path(sys.argv[1])
    with distributed.joined():
        rank = distributed.rank()
        found = dict(_results(folder))
    names = []
    for thread in Path("/proc/self/task").glob("*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread of a library has just ended
            names.append((thread / "comm").read_text().strip())
    torch.save({**found, "threads": names}, folder / f"rank{rank}.pt")
