"""Make the image files of the data set: pristine, degraded, restored. What is already there is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.mini.algorithms import ALGORITHMS, Algorithm
from benchmarks.mini.degradations import degrade, to_8bit
from benchmarks.mini.photographs import Content

WEBP = {"format": "WEBP", "lossless": True, "quality": 80, "method": 6}
"""Lossless; quality is the encoder's effort. At 100 it takes ten times as long to save one per cent."""


@dataclass(frozen=True)
class Row:
    """One restored image with its two references; paths are relative to the data folder."""

    content: Content
    algorithm: Algorithm

    @property
    def image(self) -> str:
        """Path of the restored image."""
        return f"restored/{self.content.name}_{self.algorithm.code}.webp"

    @property
    def degraded(self) -> str:
        """Path of the image that the algorithm was given, at its own resolution."""
        return f"degraded/{self.content.name}_{self.algorithm.degradation}.webp"

    @property
    def pristine(self) -> str:
        """Path of the pristine image."""
        return f"pristine/{self.content.name}.webp"


def rows(contents: list[Content]) -> list[Row]:
    """Every content crossed with every algorithm, sorted by file name."""
    return [Row(content, algorithm) for content in contents for algorithm in ALGORITHMS]


def read(path: Path) -> np.ndarray:
    """An image file as (h,w,3) uint8 RGB."""
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def write(path: Path, image: np.ndarray) -> None:
    """Write (h,w,3) uint8 RGB as lossless WebP, in one step so that an interrupted build leaves no half
    file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    Image.fromarray(image).save(part, **WEBP)
    part.replace(path)


def restore(algorithm: Algorithm, given: np.ndarray) -> np.ndarray:
    """Run one algorithm: (h,w,3) float32 RGB in 0..1 -> uint8 RGB of the pristine size.

    A grey input gives a grey result (the mean of the channels): the networks, trained on colour, would tint
    it slightly.
    """
    restored = np.clip(algorithm.restore(given), 0, 1)
    if (given == given[:, :, :1]).all():
        restored = np.repeat(restored.mean(axis=2, keepdims=True), 3, axis=2)
    return to_8bit(restored * 255.0)


def make_images(out: Path, contents: list[Content], seed: int) -> Iterator[Row]:
    """Write what is missing under ``out``; yields each row when its three files are there."""
    for row in rows(contents):
        index = int(row.content.name[1:]) - 1
        if not (out / row.pristine).exists():
            write(out / row.pristine, row.content.image)
        if not (out / row.degraded).exists():
            write(out / row.degraded, degrade(row.content.image, row.algorithm.degradation, seed, index))
        if not (out / row.image).exists():
            given = read(out / row.degraded).astype(np.float32) / 255
            restored = restore(row.algorithm, given)
            if restored.shape != row.content.image.shape:
                raise ValueError(f"{row.algorithm.code} gave {restored.shape} for {row.content.name}")
            write(out / row.image, restored)
        yield row
