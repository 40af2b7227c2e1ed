"""CKDN learns: it can fit sixteen images, and an interrupted training leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image, ImageFilter
from scipy.stats import spearmanr

from ckdn.method import CKDN
from iqabench.data.base import Card
from iqabench.training import FitSession, SilentProgress, TrainingSet

CARD = Card(name="toy", label_kind="pseudo", mos_range=(0.0, 1.0))


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two contents, each with eight restored images from sharp to blurred; quality falls with the blur."""
    rows, folder = [], tmp_path_factory.mktemp("images")
    for content in ("a", "b"):
        pixels = np.random.default_rng(ord(content)).integers(0, 256, (12, 12, 3), dtype=np.uint8)
        pristine = Image.fromarray(pixels).resize((48, 48), Image.Resampling.NEAREST)
        pristine.save(folder / f"{content}_h.png")
        pristine.filter(ImageFilter.GaussianBlur(2)).save(folder / f"{content}_d.png")
        for level in range(8):
            path = folder / f"{content}_{level}.png"
            pristine.filter(ImageFilter.GaussianBlur(0.5 * level)).save(path)
            rows.append(
                {
                    "image_id": path.stem,
                    "image": str(path),
                    "degraded": str(folder / f"{content}_d.png"),
                    "pristine": str(folder / f"{content}_h.png"),
                    "content": content,
                    "algorithm": f"blur{level}",
                    "category": "blur",
                    "task": "deblur",
                    "mos": 0.9 - 0.1 * level,
                }
            )
    return pd.DataFrame(rows)


def shortened(batch_size: int, crop: int, pretraining_epochs: int, epochs: int) -> CKDN:
    """CKDN with the quick recipe, shorter."""
    method = CKDN(recipe="quick", start="random", pretraining_epochs=pretraining_epochs, epochs=epochs)
    stages = tuple(replace(stage, crop=crop) for stage in method.recipe.stages)
    method.recipe = replace(method.recipe, stages=stages, batch_size=batch_size)
    return method


def test_it_can_fit_sixteen_images(frame: pd.DataFrame) -> None:
    method = shortened(batch_size=8, crop=32, pretraining_epochs=2, epochs=16)
    method.fit(TrainingSet(frame, CARD, ("degraded", "pristine")), FitSession())
    scores = []
    with torch.no_grad():
        for row in frame.itertuples():
            image, degraded = (
                torch.from_numpy(np.array(Image.open(str(path)))).permute(2, 0, 1)[None] / 255
                for path in (row.image, row.degraded)
            )
            scores.append(method.score(image, method.prepare(degraded)).item())
    assert spearmanr(scores, frame["mos"]).statistic > 0.95
    assert np.mean([entry.loss for entry in method.history[-3:]]) < 0.2 * method.history[2].loss


class StopAt(SilentProgress):
    """Interrupts after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, n: int, loss: float, rate: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(frame: pd.DataFrame) -> dict[str, torch.Tensor]:
    """What a training that nobody interrupts ends with."""
    method = shortened(8, 32, 1, 1)
    method.fit(TrainingSet(frame, CARD, ("degraded", "pristine")), FitSession())
    return method.trained_state()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_interrupted_training_ends_with_the_same_bits(
    frame: pd.DataFrame, whole: dict[str, torch.Tensor], tmp_path: Path, steps: int
) -> None:
    data = TrainingSet(frame, CARD, ("degraded", "pristine"))
    stopped, resumed = (shortened(8, 32, 1, 1) for _ in range(2))
    session = FitSession(checkpoint=tmp_path, progress=StopAt(steps), checkpoint_seconds=0)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(data, session)
    resumed.fit(data, FitSession(checkpoint=tmp_path))
    state = resumed.trained_state()
    assert all(torch.equal(tensor, state[name]) for name, tensor in whole.items())
