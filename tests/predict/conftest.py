"""Restored images of two contents by three algorithms, as someone's folders hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as photographs

SIDE, FACTOR = 96, 4
CONTENTS = {"astronaut": photographs.astronaut, "chelsea": photographs.chelsea}
ALGORITHMS = ("blur", "bicubic", "sharp")


def restore(degraded: Image.Image, algorithm: str) -> Image.Image:
    """Three graded restorations: smeared, plain, and sharpened."""
    up = degraded.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    if algorithm == "blur":
        return up.filter(ImageFilter.GaussianBlur(2))
    return up.filter(ImageFilter.UnsharpMask(2, 150, 0)) if algorithm == "sharp" else up


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """``restored/ALGORITHM/CONTENT.png``, ``degraded/CONTENT.png`` (four times smaller), ``pristine/CONTENT.png``."""
    (tmp_path / "degraded").mkdir()
    (tmp_path / "pristine").mkdir()
    for content, photograph in CONTENTS.items():
        pristine = Image.fromarray(np.ascontiguousarray(photograph()[60 : 60 + SIDE, 120 : 120 + SIDE]))
        pristine.save(tmp_path / "pristine" / f"{content}.png")
        degraded = pristine.resize((SIDE // FACTOR, SIDE // FACTOR), Image.Resampling.BICUBIC)
        degraded.save(tmp_path / "degraded" / f"{content}.png")
        for algorithm in ALGORITHMS:
            folder = tmp_path / "restored" / algorithm
            folder.mkdir(parents=True, exist_ok=True)
            restore(degraded, algorithm).save(folder / f"{content}.png")
    return tmp_path
