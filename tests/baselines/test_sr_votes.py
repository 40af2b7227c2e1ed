"""Agreement with people's votes on real super-resolution results, the upsampled input being the reference."""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from iqabench.methods.registry import Registry
from iqabench.weights.resolve import locate

DATA = os.environ.get("IQABENCH_TEST_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="set IQABENCH_TEST_DATA to the real data")

METHODS = ("BSRGAN", "RealESRGAN", "ResShift", "SwinIR")


def tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 255


@cache
def content(name: str) -> tuple[Tensor, Tensor]:
    """The four restored images, and the input upsampled to their size (bicubic, 8 bit)."""
    images = Path(str(DATA)) / "sr-votes" / "images"
    restored = [Image.open(images / method / f"{name}.png") for method in METHODS]
    small = Image.open(images / "LR" / f"{name}.png").convert("RGB")
    return torch.cat([tensor(image) for image in restored]), tensor(
        small.resize(restored[0].size, Image.Resampling.BICUBIC)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("psnr", 0.427),
        ("ssim", 0.487),
        pytest.param("lpips", 0.424, marks=pytest.mark.slow),
        ("sharpness", 0.650),
        ("psnr-lr", 0.549),
        ("ssim-lr", 0.589),
        ("lr-fidelity+sharpness", 0.662),
        ("sfsn", 0.519),
        ("niqe", 0.470),
        ("il-niqe", 0.480),
    ],
)
def test_vote_agreement_is_the_one_counted_before(name: str, expected: float) -> None:
    entry = Registry().get(name)
    for name in entry.info.weights:
        if locate(name) is None:
            pytest.skip(f"{name} is not here: set IQABENCH_WEIGHTS")
    method = entry.create()
    with (Path(str(DATA)) / "sr-votes" / "votes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    goodness: dict[str, dict[str, float]] = {}
    for name in sorted({row["content"] for row in rows}):
        restored, degraded = content(name)
        scores = method.info.sign * method.score(restored, method.prepare(degraded))
        goodness[name] = dict(zip(METHODS, scores.tolist(), strict=True))
    agreeing = total = 0.0
    for row in rows:
        difference = goodness[row["content"]][row["method_a"]] - goodness[row["content"]][row["method_b"]]
        for_a, for_b = int(row["votes_a"]), int(row["votes_b"])
        agreeing += for_a if difference > 0 else for_b if difference < 0 else (for_a + for_b) / 2
        total += for_a + for_b
    assert total == 900
    assert agreeing / total == pytest.approx(expected, abs=0.01)
