"""Trains a small super-resolution network with CKDN as a loss (the point of the paper's Table 9).

The network is trained with L1 alone and once more with L1 + CKDN, from the same start on the same crops; LPIPS of both
on photographs kept aside is printed.

    python -m benchmarks.examples.sr_with_ckdn_loss --steps 1000

CKDN needs no pristine image: its reference is the low-resolution input. The loss is ``iqabench.loss("ckdn")``, which is
``1 - CKDN(restored, input)`` with the weights that come with the package; ``--train-on mini`` takes the model that
``iqabench run --methods ckdn`` trains on the embedded data set, and trains it first if RESULTS does not hold it.
Minutes on a CPU; a demonstration, far from the paper's 85,000 iterations.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import iqabench
from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import UserError
from iqabench._util.progress import Overview, messages
from iqabench.cli.options import DEFAULT_RESULTS, parse_settings
from iqabench.data.images import read_image, upsample
from iqabench.data.splits import TRAIN
from iqabench.data.walk import is_image
from iqabench.methods.registry import Registry
from iqabench.predict.loaded import TrainingRequest, prepare_methods
from iqabench.runs.setup import open_for_run

FACTOR = 4
SIDE = 96
"""Side of a training crop in pixels of the pristine image."""
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class PhotoPair:
    """A pristine photograph and its low-resolution version, ``(3, H, W)`` and ``(3, H/4, W/4)`` in [0, 1]."""

    pristine: Tensor
    low: Tensor


class SmallSR(nn.Module):
    """Residual network that adds detail to the bicubically enlarged image."""

    def __init__(self, width: int = 32, blocks: int = 4) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1), nn.PixelShuffle(FACTOR))

    def forward(self, low: Tensor) -> Tensor:
        """Enlarge ``(N, 3, h, w)`` to ``(N, 3, 4h, 4w)``."""
        seen = self.first(low)
        for block in self.blocks:
            seen = seen + block(seen)
        return enlarged(low) + self.last(seen)


def enlarged(low: Tensor) -> Tensor:
    """Bicubic ×4 of ``(N, 3, h, w)``, cut to [0, 1]."""
    return nn.functional.interpolate(low, scale_factor=FACTOR, mode="bicubic", align_corners=False).clamp(0, 1)


def ckdn_loss(train_on: str | None, results: Path, settings: dict[str, Any]) -> Loss:
    """The loss by the package's own weights, or by CKDN trained on a data set, now if ``results`` does not hold it."""
    # Both networks and their few small convolutions are trained on the CPU, where a step is repeatable.
    wish = TrainingRequest(train_on, results, Machine(choose_device("cpu"))) if train_on else None
    with Overview() as overview:
        prepared = prepare_methods(["ckdn"], Registry(), {"ckdn": settings}, wish, overview)
    if prepared.problems:
        raise UserError(prepared.problems[0])
    return iqabench.loss(prepared.ready[0].method)


def photographs(folder: Path | None) -> tuple[list[PhotoPair], list[PhotoPair]]:
    """Photographs to train on and to judge by: every fourth of a folder, or the embedded ones by their split.

    CKDN itself learned from the embedded set's training contents, so those of validation are new to both.
    """
    if folder is None:
        opened = open_for_run("mini", None)
        parts = opened.split.contents if opened.split else {}
        scenes = opened.dataset.frame.drop_duplicates("content")
        kept = [parts.get(content) == TRAIN for content in scenes["content"]]
        files = [Path(path) for path in scenes["pristine"]]
    else:
        files = sorted(path for path in folder.rglob("*") if is_image(path))
        kept = [number % 4 != 3 for number in range(len(files))]
    found = [(_photograph(file), train) for file, train in zip(files, kept, strict=True)]
    training, judged = [p for p, train in found if train], [p for p, train in found if not train]
    if not training or not judged:
        raise UserError(f"{folder}: {len(files)} photographs; at least four are needed")
    return training, judged


def _photograph(file: Path) -> PhotoPair:
    pixels = read_image(file)
    height, width = (length // FACTOR * FACTOR for length in pixels.shape[:2])
    if min(height, width) < SIDE:
        raise UserError(f"{file}: {width}x{height} pixels; the crops need {SIDE}x{SIDE}")
    pristine = pixels[:height, :width]
    low = upsample(pristine, height // FACTOR, width // FACTOR)
    return PhotoPair(*(torch.from_numpy(np.array(one)).permute(2, 0, 1).float() / 255 for one in (pristine, low)))


def train(photos: list[PhotoPair], loss: Loss | None, weight: float, steps: int, batch: int, seed: int) -> SmallSR:
    """Train by L1 plus ``weight`` times ``loss`` of restored and enlarged input; the seed fixes all draws."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    network = SmallSR()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(1, steps + 1):
        pristine, low = crops(photos, batch, draw)
        restored = network(low)
        total = nn.functional.l1_loss(restored, pristine)
        if loss is not None:
            total = total + weight * loss(restored, low)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        schedule.step()
        if step % max(1, steps // 5) == 0:
            messages.print(f"{'L1 + CKDN' if loss else 'L1'}: step {step} of {steps}, loss {total.item():.4f}")
    return network.eval()


def crops(photos: list[PhotoPair], batch: int, draw: np.random.Generator) -> tuple[Tensor, Tensor]:
    """``batch`` random crops: pristine ``(N, 3, 96, 96)`` and low resolution ``(N, 3, 24, 24)``."""
    pairs, side = [], SIDE // FACTOR
    for number in draw.integers(len(photos), size=batch):
        photo = photos[number]
        top, left = (int(draw.integers(length - side + 1)) for length in photo.low.shape[1:])
        low = photo.low[:, top : top + side, left : left + side]
        top, left = top * FACTOR, left * FACTOR
        pairs.append((photo.pristine[:, top : top + SIDE, left : left + SIDE], low))
    return torch.stack([pair[0] for pair in pairs]), torch.stack([pair[1] for pair in pairs])


@torch.no_grad()
def judge(restore: Callable[[Tensor], Tensor], photos: list[PhotoPair], ckdn: Loss, lpips: Any) -> list[float]:
    """Mean L1, LPIPS and 1-CKDN over photographs; lower is better for all three."""
    figures = []
    for photo in photos:
        low, pristine = photo.low[None], photo.pristine[None]
        restored = restore(low).clamp(0, 1)
        distance = lpips.score(restored, lpips.prepare(pristine))
        figures.append([(restored - pristine).abs().mean(), distance.mean(), ckdn(restored, low)])
    return torch.tensor(figures).mean(0).tolist()


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print it as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, help="folder of photographs; default: the embedded ones")
    parser.add_argument("--steps", type=int, default=1000, help="training steps of each network")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--weight", type=float, default=0.02, help="weight of the CKDN loss beside L1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train-on", metavar="NAME[:ROOT]", help="CKDN trained on this data set, such as mini")
    parser.add_argument("--results", type=Path, default=DEFAULT_RESULTS, help="folder with trained models")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="ckdn.PARAMETER=VALUE")
    chosen = parser.parse_args(arguments)
    try:
        ckdn = ckdn_loss(chosen.train_on, chosen.results, parse_settings(tuple(chosen.settings)).get("ckdn", {}))
        lpips = Registry().get("lpips").create()
        training, judged = photographs(chosen.images)
    except UserError as error:
        messages.print(f"error: {error}", markup=False)
        return 2
    messages.print(f"{len(training)} photographs to train on, {len(judged)} to judge by")
    rows: list[tuple[str, Callable[[Tensor], Tensor]]] = [("bicubic, no network", enlarged)]
    for name, loss in (("L1", None), ("L1 + CKDN", ckdn)):
        rows.append((name, train(training, loss, chosen.weight, chosen.steps, chosen.batch, chosen.seed)))
    print("| trained with | L1 ↓ | LPIPS ↓ | 1-CKDN ↓ |\n| :--- | ---: | ---: | ---: |")
    for name, restore in rows:
        print(f"| {name} | {' | '.join(f'{figure:.4f}' for figure in judge(restore, judged, ckdn, lpips))} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
