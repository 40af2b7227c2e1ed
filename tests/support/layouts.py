"""Small data sets in the layouts of Tables 10 and 11."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SHARES = (0.0, 0.2, 0.8, 1.0)
"""Share of people who chose p1, pair by pair."""
OFFSETS = {"Good": 2, "Bad": 20}
"""Algorithms of the restored sets: what each adds to the pristine image."""
SETS = ("SetA", "SetB")


def write_image(path: Path, pixels: np.ndarray) -> None:
    """Save float pixels ``(H, W, 3)`` in [0, 255]."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8)).save(path)


def pixels(seed: int, side: int = 32) -> np.ndarray:
    """Noise, float ``(side, side, 3)``, away from black and white."""
    return np.random.default_rng(seed).uniform(60, 190, (side, side, 3))


def write_bapps(root: Path, side: int = 32) -> Path:
    """BAPPS's ``2afc/val/cnn`` with one pair for each of :data:`SHARES`; p0 is always nearer to the reference."""
    base = root / "2afc" / "val" / "cnn"
    for number, share in enumerate(SHARES):
        pristine = pixels(number, side)
        write_image(base / "ref" / f"{number:06d}.png", pristine)
        write_image(base / "p0" / f"{number:06d}.png", pristine + 2)
        write_image(base / "p1" / f"{number:06d}.png", pristine + 40)
        (base / "judge").mkdir(exist_ok=True)
        np.save(base / "judge" / f"{number:06d}.npy", np.array([share], dtype=np.float32))
    return root


def write_sets(root: Path, side: int = 32) -> Path:
    """``SET/ALGORITHM/NAME.png`` of :data:`OFFSETS`, with ``SET/LR`` and ``SET/GT``, two images a set."""
    for name in SETS:
        for number in range(2):
            pristine = pixels(number, side).round()
            write_image(root / name / "GT" / f"{number}.png", pristine)
            write_image(root / name / "LR" / f"{number}.png", pristine[::4, ::4])
            for algorithm, offset in OFFSETS.items():
                write_image(root / name / algorithm / f"{number}.png", pristine + offset)
    return root
