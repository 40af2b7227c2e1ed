"""The pictures of ``iqabench synthesize`` in memory, laid out as fine-tuning wants them: what was made of each D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from rich.progress import track
from torch import Tensor

from benchmarks.shipped.labels import GRAIN
from iqabench.data.images import Pixels, read_image, upsample
from iqabench.data.splits import load_split


@dataclass
class Made:
    """One degraded image and its restorations, all at the size of the pristine picture."""

    degraded: Pixels
    restored: list[Pixels]
    judged: np.ndarray
    """``(restorations, 2)``: LPIPS and DISTS against the pristine picture, lower is better."""


@dataclass
class TaughtContent:
    """One pristine picture, ``uint8 (H, W, 3)``, and everything made of it."""

    name: str
    pristine: Pixels
    made: list[Made]


def read_contents(data: Path, part: str) -> list[TaughtContent]:
    """The contents of ``part`` (``train`` or ``validate``) that are finished, without the algorithms of :data:`GRAIN`.

    Every degraded image is kept, also one with a single restoration: its order is that beside another one's.
    """
    rows = pd.read_csv(data / "manifest.csv")
    measured = pd.read_csv(data / "metrics.csv").set_index("image")
    parts = load_split("synth-full", data / "splits").contents
    rows = rows[rows["content"].map(parts).eq(part) & ~rows["algorithm"].isin(GRAIN)]
    found = []
    for name, of_content in track(list(rows.groupby("content", sort=True)), description=f"reading {part}"):
        pristine = read_image(data / of_content["pristine"].iloc[0])
        made = []
        for degraded, group in of_content.groupby("degraded", sort=True):
            shown = read_image(data / str(degraded))
            made.append(
                Made(
                    shown if shown.shape == pristine.shape else upsample(shown, *pristine.shape[:2]),
                    [read_image(data / one) for one in group["image"]],
                    measured.loc[list(group["image"]), ["lpips", "dists"]].to_numpy(),
                )
            )
        found.append(TaughtContent(str(name), pristine, made))
    return found


def bicubic(pristine: Pixels, factor: int) -> Pixels:
    """The picture shrunk by ``factor`` and enlarged again, both bicubic."""
    height, width = pristine.shape[:2]
    small = Image.fromarray(pristine).resize((width // factor, height // factor), Image.Resampling.BICUBIC)
    return np.array(small.resize((width, height), Image.Resampling.BICUBIC))


def plain_tensor(pictures: Sequence[Pixels]) -> Tensor:
    """Pictures of one size as ``(N, 3, H, W)`` in [0, 1]."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div_(255)


def half_restored(pristine: Pixels, degraded: Pixels) -> Pixels:
    """The mean of both, rounded up."""
    mean = (pristine.astype(np.uint16) + degraded + 1) // 2
    return mean.astype(np.uint8)
