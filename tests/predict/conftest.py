"""Restored images of two contents by three algorithms, as someone's folders hold them."""

from __future__ import annotations

from collections.abc import Callable
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


def write_place(folder: Path) -> Path:
    """``restored/ALGORITHM/CONTENT.png``, ``degraded/CONTENT.png`` (four times smaller), ``pristine/CONTENT.png``."""
    (folder / "degraded").mkdir()
    (folder / "pristine").mkdir()
    for content, photograph in CONTENTS.items():
        pristine = Image.fromarray(np.ascontiguousarray(photograph()[60 : 60 + SIDE, 120 : 120 + SIDE]))
        pristine.save(folder / "pristine" / f"{content}.png")
        degraded = pristine.resize((SIDE // FACTOR, SIDE // FACTOR), Image.Resampling.BICUBIC)
        degraded.save(folder / "degraded" / f"{content}.png")
        for algorithm in ALGORITHMS:
            place = folder / "restored" / algorithm
            place.mkdir(parents=True, exist_ok=True)
            restore(degraded, algorithm).save(place / f"{content}.png")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of :func:`write_place`, made anew for each test."""
    return write_place(tmp_path)


@pytest.fixture(scope="module")
def new_place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes such a folder for several tests, which leave it as it is."""
    return lambda: write_place(tmp_path_factory.mktemp("place"))
