"""Agreement with people's votes on real super-resolution results, the upsampled input being the reference."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Counted:
    """The share of votes that a method agreed with: of all 900, as other code counted them; of those on every fifth
    content, as this test counted them when all was as the other code said.
    """

    name: str
    of_all: float
    of_a_fifth: float


COUNTED = (
    Counted("psnr", 0.427, 0.422),
    Counted("ssim", 0.487, 0.483),
    Counted("lpips", 0.424, 0.367),
    Counted("sharpness", 0.650, 0.656),
    Counted("psnr-lr", 0.549, 0.517),
    Counted("ssim-lr", 0.589, 0.628),
    Counted("lr-fidelity+sharpness", 0.662, 0.694),
    Counted("sfsn", 0.519, 0.522),
    Counted("niqe", 0.470, 0.439),
    Counted("il-niqe", 0.480, 0.333),
)


@pytest.mark.parametrize("counted", COUNTED, ids=[one.name for one in COUNTED])
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["a-fifth", "all"])
def test_vote_agreement_is_the_one_counted_before(counted: Counted, every: int) -> None:
    entry = Registry().get(counted.name)
    for name in entry.info.weights:
        if locate(name) is None:
            pytest.skip(f"{name} is not here: set IQABENCH_WEIGHTS")
    method = entry.create()
    with (Path(str(DATA)) / "sr-votes" / "votes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    goodness: dict[str, dict[str, float]] = {}
    for name in sorted({row["content"] for row in rows})[::every]:
        restored, degraded = content(name)
        scores = method.info.sign * method.score(restored, method.prepare(degraded))
        goodness[name] = dict(zip(METHODS, scores.tolist(), strict=True))
    agreeing = total = 0.0
    for row in rows:
        if row["content"] not in goodness:
            continue
        difference = goodness[row["content"]][row["method_a"]] - goodness[row["content"]][row["method_b"]]
        for_a, for_b = int(row["votes_a"]), int(row["votes_b"])
        agreeing += for_a if difference > 0 else for_b if difference < 0 else (for_a + for_b) / 2
        total += for_a + for_b
    assert total == 900 / every
    assert agreeing / total == pytest.approx(counted.of_all if every == 1 else counted.of_a_fifth, abs=0.01)
