"""PIPAL by naming its folder: the real label files, images of the right names and counts (tiny ones)."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from manifests import Command
from PIL import Image

from iqabench.data.open import open_dataset

SIZE = 24


@pytest.fixture(scope="module")
def pipal(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The released training part with pictures of 24x24: better labels lie nearer to the pristine picture."""
    import os

    data = os.environ.get("IQABENCH_TEST_DATA")
    if not data:
        pytest.skip("needs PIPAL's label files: set IQABENCH_TEST_DATA")
    root = tmp_path_factory.mktemp("pipal")
    labels = sorted((Path(data) / "pipal-labels" / "Train_Label").glob("*.txt"))
    for folder in ("Train_Ref", "Train_Dist", "Train_Label"):
        (root / folder).mkdir()
    generator = np.random.default_rng(0)
    for file in labels:
        text = file.read_text()
        (root / "Train_Label" / file.name).write_text(text)
        pristine = generator.integers(0, 256, (SIZE, SIZE, 3))
        write_bmp(root / "Train_Ref" / f"{file.stem}.bmp", pristine.astype(np.uint8))
        noise = generator.normal(size=pristine.shape)
        for line in text.split():
            name, mos = line.split(",")
            restored = np.clip(pristine + noise * (1900 - float(mos)) / 20, 0, 255).astype(np.uint8)
            write_bmp(root / "Train_Dist" / name, restored)
    return root


@cache
def header() -> bytes:
    """What a BMP of :data:`SIZE` begins with, whatever it shows."""
    file = BytesIO()
    Image.new("RGB", (SIZE, SIZE)).save(file, "BMP")
    return file.getvalue()[: -3 * SIZE * SIZE]


def write_bmp(path: Path, pixels: np.ndarray) -> None:
    """What Pillow writes, which takes three times as long: there are 23,200 of them."""
    path.write_bytes(header() + pixels[::-1, :, ::-1].tobytes())


def test_the_papers_split_is_scored(iqabench: Command, pipal: Path, tmp_path: Path) -> None:
    words = ("run", "--methods", "psnr", "--dataset", "pipal", "--root", pipal, "--results", tmp_path)
    done = iqabench(*words, "--references", "pristine,lr-x4", "--no-anchors", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["reference"]: row for row in json.loads(done.stdout)}
    assert {row["n"] for row in rows.values()} == {975}
    assert {row["contents"] for row in rows.values()} == {25}
    assert rows["pristine"]["paradigm"] == "FR"
    assert rows["lr-x4"]["paradigm"] == "DR"
    # The pictures were made so that PSNR orders them as the labels do.
    assert rows["pristine"]["srcc"] > 0.99
    assert rows["lr-x4"]["srcc"] < rows["pristine"]["srcc"]
    assert rows["pristine"]["labels"] == "human"


def test_absent_degraded_references_are_told_and_made_ones_offered(
    iqabench: Command, pipal: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("pipal", pipal)
    assert len(dataset.frame) == 17800
    done = iqabench(
        *("run", "--methods", "psnr", "--dataset", "pipal", "--root", pipal, "--references", "degraded"),
        *("--results", tmp_path),
    )
    assert done.returncode == 2
    assert "degraded" in done.stderr
    assert "lr-x4" in done.stderr
