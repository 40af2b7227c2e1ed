"""Two synthetic contents in graded quality, and no way to the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from installed import NO_SERVER
from PIL import Image
from scipy.ndimage import gaussian_filter

from iqabench.methods.untrained import untrained_scores

LEVELS = 8


@pytest.fixture(autouse=True)
def no_pretrained_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every test starts from random features, the same on every machine: no weights are here, and no server answers."""
    monkeypatch.setenv("IQABENCH_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-cache"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NO_SERVER)
    monkeypatch.setenv("no_proxy", "")


@pytest.fixture(autouse=True)
def _untrained() -> Iterator[None]:
    """What is asked of single parts here does not depend on what they have learnt."""
    with untrained_scores():
        yield


def _content(rng: np.random.Generator, side: int) -> np.ndarray:
    """Rectangles with texture, float ``(side, side, 3)`` in [0, 1]."""
    image = np.full((side, side, 3), 0.5)
    for _ in range(40):
        top, left = rng.integers(0, side - 8, 2)
        tall, wide = rng.integers(6, side // 2, 2)
        image[top : top + tall, left : left + wide] = rng.random(3)
    return np.clip(image + rng.normal(0, 0.06, image.shape), 0, 1)


@pytest.fixture
def graded(tmp_path: Path) -> Callable[[int], pd.DataFrame]:
    """Makes the graded images, ``side`` pixels high and wide."""
    return lambda side: graded_frame(tmp_path, side)


def graded_frame(folder: Path, side: int) -> pd.DataFrame:
    """16 images: blurred for one category, noisy for the other, the more the lower the MOS; D is the pristine image."""
    rng = np.random.default_rng(7)

    def save(name: str, image: np.ndarray) -> str:
        path = folder / f"{name}.png"
        Image.fromarray(np.uint8(np.clip(image, 0, 1) * 255 + 0.5)).save(path)
        return str(path)

    rows = []
    for content in ("a", "b"):
        pristine = _content(rng, side)
        clean = save(content, pristine)
        for level in range(LEVELS):
            blurred = content == "a"
            bad = 0.3 * (level + 0.5)
            spoilt = (
                gaussian_filter(pristine, (bad, bad, 0))
                if blurred
                else pristine + rng.normal(0, 0.08 * bad, pristine.shape)
            )
            name = f"{content}{level}"
            rows.append(
                {
                    "image_id": name,
                    "image": save(name, spoilt),
                    "degraded": clean,
                    "pristine": clean,
                    "content": content,
                    "algorithm": str(level),
                    "category": "blur" if blurred else "noise",
                    "task": "x",
                    "mos": 1 - (level + 0.5 + (0 if blurred else 0.25)) / (LEVELS + 1),
                }
            )
    return pd.DataFrame(rows)
