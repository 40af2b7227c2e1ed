"""Photographs, a cheap recipe and helpers for the tests of ``iqabench synthesize``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

RECIPE = """\
name = "cheap"
version = "1"
size = 48
stride = 8

[labels]
rule = "rank"
metrics = { psnr = 0.5, gmsd = 0.5 }
also = ["ssim"]

[[algorithms]]
code = "00_00"
part = "train"
on = "bic4"
steps = ["bicubic"]

[[algorithms]]
code = "03_00"
part = "train"
on = "bic4"
steps = ["bilinear", { use = "invented-texture", strength = 1.0 }]

[[algorithms]]
code = "04_00"
part = "train"
on = "noise25"
steps = [{ use = "gaussian", width = 1.0 }]

[[algorithms]]
code = "00_10"
part = "validate"
on = "bic2"
steps = ["lanczos"]
blend = { with = ["back-projection"], share = 0.3 }

[[algorithms]]
code = "05_10"
part = "validate"
on = "wild4"
steps = [{ use = "median" }, "nearest", { use = "warped-structure" }]
"""
"""Three training and two validation algorithms that need no network and no network file."""


def draw_photograph(seed: int, height: int = 64, width: int = 80) -> np.ndarray:
    """A smooth random scene with an edge, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=(height, width, 3)), (3, 3, 0))
    field = (field - field.min()) / (field.max() - field.min()) * 200
    field[:, width // 2 :] += 40
    return np.clip(field, 0, 255).astype(np.uint8)


def write_photographs(folder: Path, count: int = 5) -> Path:
    """A folder of drawn photographs of 80x64."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        Image.fromarray(draw_photograph(index)).save(folder / f"scene{index}.png")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Relative path -> bytes of every file but locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def read_rows(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
