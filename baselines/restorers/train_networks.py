"""Train the small PSNR-oriented networks: L1 loss, Adam, a few CPU minutes each.

Run ``python -m baselines.restorers.train_networks NAME --photographs DIR [--photographs DIR ...]``. Only the
weights are committed, not the photographs they were trained on (Kodak24 and the 100 test photographs of BSD): none of
these is among the contents of ``mini``.
"""

from __future__ import annotations

import time
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from baselines.restorers.networks import NETS, WEIGHTS, SmallNet
from iqabench.synthesis.degradations import add_noise, shrink

SEED = 2021
NOISE_SIGMA = 25.0


def load_pairs(folders: list[Path], scale: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (input, target) of uint8 RGB images; the input is the 8-bit bicubic one of a synthesized data set."""
    pairs = []
    for path in sorted(p for folder in folders for p in folder.iterdir() if p.suffix in {".png", ".bmp"}):
        with Image.open(path) as opened:
            photo = np.asarray(opened.convert("RGB"))
        height, width = (side // 4 * 4 for side in photo.shape[:2])
        photo = photo[:height, :width]
        pairs.append((shrink(photo, scale) if scale > 1 else photo, photo))
    return pairs


def draw_batch(
    pairs: list[tuple[np.ndarray, np.ndarray]], scale: int, size: int, count: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Draw ``count`` aligned patches, flipped and turned: inputs ``(count, 3, size, size)`` and targets, in [0, 1]."""
    inputs, targets = [], []
    for _ in range(count):
        small, large = pairs[rng.integers(len(pairs))]
        top = int(rng.integers(small.shape[0] - size + 1))
        left = int(rng.integers(small.shape[1] - size + 1))
        x = small[top : top + size, left : left + size]
        y = large[top * scale : (top + size) * scale, left * scale : (left + size) * scale]
        if scale == 1:
            x = add_noise(y, NOISE_SIGMA, rng)
        turns, flip = int(rng.integers(4)), int(rng.integers(2))
        x, y = np.rot90(x, turns), np.rot90(y, turns)
        if flip:
            x, y = x[:, ::-1], y[:, ::-1]
        inputs.append(x)
        targets.append(y)
    stacked = [torch.from_numpy(np.stack(part).transpose(0, 3, 1, 2).copy()) for part in (inputs, targets)]
    return stacked[0].float() / 255, stacked[1].float() / 255


@click.command()
@click.argument("name", type=click.Choice(sorted(NETS)))
@click.option("--photographs", "folders", type=click.Path(exists=True, path_type=Path), multiple=True, required=True)
@click.option("--steps", default=4000, show_default=True)
@click.option("--minutes", default=4.0, show_default=True, help="Stop after this long, whatever the steps.")
def main(name: str, folders: tuple[Path, ...], steps: int, minutes: float) -> None:
    """Train NAME and write its weights beside the restorer."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    config = NETS[name]
    pairs = load_pairs(list(folders), config.scale)
    size = {1: 48, 2: 36, 4: 24}[config.scale]
    net = SmallNet(config)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    started = time.monotonic()
    for step in track(range(steps), description=name):
        # The rate follows the clock or the steps, whichever is further on, so that a short run still anneals.
        done = max(step / steps, (time.monotonic() - started) / (60 * minutes))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1.0, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
        x, y = draw_batch(pairs, config.scale, size, 16, rng)
        loss = functional.l1_loss(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % 200 == 0:
            print(f"{name} step {step} L1 {loss.item():.5f}", flush=True)
    WEIGHTS.mkdir(exist_ok=True)
    state = {key: value.detach().half().contiguous() for key, value in net.state_dict().items()}
    save_file(state, WEIGHTS / f"{name}.safetensors", metadata={"seed": str(SEED), "steps": str(step + 1)})


if __name__ == "__main__":
    main()
