"""Restorations of equal pixels tie, in whatever files they lie and whatever their scores differ by."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from iqabench.methods.tiling import Tiling
from iqabench.predict.ranks import ranks_within_content
from iqabench.predict.score_pairs import MethodScores
from iqabench.predict.ties import same_pixels


def test_equal_pixels_tie_though_batches_round_differently(place: Path) -> None:
    sharp = place / "restored" / "sharp" / "chelsea.png"
    Image.open(sharp).save(place / "twin.bmp")
    other = np.array(Image.open(sharp))
    other[0, 0, 0] ^= 1
    Image.fromarray(other).save(place / "near.png")
    shutil.copy(sharp, place / "elsewhere.png")
    files = [sharp, place / "twin.bmp", place / "near.png", place / "elsewhere.png"]
    frame = pd.DataFrame({"image_id": ["sharp", "twin", "near", "elsewhere"], "image": [str(one) for one in files]})
    frame["content"], frame["height"], frame["width"] = ["chelsea"] * 3 + ["another"], 96, 96
    scores = pd.DataFrame({"psnr": [30.0, 30.0 + 4e-6, 30.0 + 2e-6, 30.0]})
    frame["pixels"] = same_pixels(frame, scores)
    assert frame["pixels"].tolist() == ["sharp", "sharp", "near", "elsewhere"]
    ranks = ranks_within_content(frame, scores, [MethodScores("psnr", 1, False, Tiling())])["psnr"]
    assert ranks.tolist()[:3] == [2.5, 2.5, 1.0]


def test_images_whose_scores_differ_are_not_read_again() -> None:
    frame = pd.DataFrame({"image_id": ["a", "b"], "image": ["nowhere.png", "neither.png"], "content": "c"})
    frame["height"] = frame["width"] = 8
    assert same_pixels(frame, pd.DataFrame({"psnr": [30.0, 31.0], "ssim": [0.5, np.nan]})) == ["a", "b"]
    assert same_pixels(frame, pd.DataFrame({"psnr": [np.nan, np.nan]})) == ["a", "b"]
