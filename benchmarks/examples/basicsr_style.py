"""Trains a small super-resolution network by a config in the style of BasicSR, with CKDN among its validation metrics.

    python -m benchmarks.examples.basicsr_style --iterations 20 --folder experiment

The photographs are those of the embedded data set: the network learns from its training contents and is validated on
the others. Scores go to TensorBoard under FOLDER/tb_logger; what was best, and when, is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.examples.sr_with_ckdn_loss import PhotoPair, SmallSR, crops, photographs
from iqabench.predict.integrations.basicsr import validation_from_config
from iqabench.predict.integrations.torch import Validation
from iqabench.predict.integrations.trackers import TensorBoard

CONFIG: dict[str, Any] = {
    "manual_seed": 0,
    "network_g": {"width": 16, "blocks": 2},
    "train": {"lr": 1e-3, "batch": 4},
    "val": {
        "val_freq": 10,
        "images": 2,
        "metrics": {
            "ckdn": {"type": "ckdn-shipped", "better": "higher"},  # beside the degraded image
            "psnr": {"type": "psnr", "better": "higher", "reference": "pristine"},
            "gmsd": {"type": "gmsd", "better": "lower"},
        },
    },
}
"""As a YAML file gives it."""


def train(config: Mapping[str, Any], iterations: int, folder: Path) -> Validation:
    """Train and validate; the validation says which scores were best, and when."""
    training, others = photographs(None)
    torch.manual_seed(config["manual_seed"])
    network = SmallSR(**config["network_g"])
    optimiser = torch.optim.Adam(network.parameters(), config["train"]["lr"])
    board = TensorBoard(folder / "tb_logger")
    validation = validation_from_config(config["val"], trackers=[board])
    draw = np.random.default_rng(config["manual_seed"])
    for step in range(1, iterations + 1):
        pristine, low = crops(training, config["train"]["batch"], draw)
        loss = torch.nn.functional.l1_loss(network(low), pristine)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        board.log({"losses/l_pix": loss.item()}, step)
        if step % config["val"]["val_freq"] == 0 or step == iterations:
            _validate(network, others[: config["val"]["images"]], validation, step)
    board.close()
    return validation


def _validate(network: SmallSR, photos: Sequence[PhotoPair], validation: Validation, step: int) -> None:
    network.eval()
    with torch.no_grad():
        for photo in photos:
            low, pristine = photo.low[None], photo.pristine[None]
            validation.update(network(low), degraded=low, pristine=pristine)
    network.train()
    means = validation.log(step)
    print(f"iteration {step}: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items()))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("experiment"))
    asked = parser.parse_args()
    for name, best in train(CONFIG, asked.iterations, asked.folder).best.items():
        print(f"best {name}: {best.score:.4f} @ {best.step} iterations")


if __name__ == "__main__":
    main()
