"""What several rooms' tests share: a small manifest made of real photographs, and the real command."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as photographs

# Two OpenMP threads on one core are slower than one, and tests run beside other work.
os.environ.setdefault("OMP_PROC_BIND", "true")

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def iqabench() -> Command:
    """Run ``python -m iqabench WORDS`` as a user would and return what came of it."""

    def run(*words: str | Path, timeout: float = 280) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "iqabench", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)

    return run


def write_manifest(folder: Path, contents: int = 6, size: int = 64, algorithms: int = 6) -> Path:
    """Write a manifest of crops of real photographs, degraded x4, and restored in graded ways."""
    sources = [photographs.astronaut(), photographs.coffee(), photographs.chelsea(), photographs.rocket()]
    rows = []
    for number in range(contents):
        source = sources[number % len(sources)]
        corner = 60 + 24 * (number // len(sources))
        pristine = Image.fromarray(source[corner : corner + size, corner : corner + size])
        degraded = pristine.resize((size // 4, size // 4), Image.Resampling.BICUBIC)
        pristine.save(folder / f"c{number}-pristine.png")
        degraded.save(folder / f"c{number}-degraded.png")
        up = np.asarray(degraded.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
        truth = np.asarray(pristine, dtype=np.float32)
        for level in range(algorithms):
            share = level / max(1, algorithms - 1)
            blend = Image.fromarray((share * truth + (1 - share) * up).round().astype(np.uint8))
            restored = blend if level % 2 else blend.filter(ImageFilter.UnsharpMask(1, 60, 0))
            name = f"c{number}-a{level}.png"
            restored.save(folder / name)
            mos = 1000 + 800 * share + 10 * number
            references = [f"c{number}-degraded.png", f"c{number}-pristine.png"]
            rows.append([name, *references, f"c{number}", f"a{level}", f"0{level % 3}", f"{mos:.4f}"])
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "degraded", "pristine", "content", "algorithm", "category", "mos"])
        writer.writerows(rows)
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest of 6 contents x 6 algorithms at 64x64, made anew for each test."""
    folder = tmp_path / "dataset"
    folder.mkdir()
    return write_manifest(folder)


@pytest.fixture
def test_data() -> Path:
    """The folder of real data; the test is skipped, visibly, where it is not there."""
    folder = os.environ.get("IQABENCH_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real data: set IQABENCH_TEST_DATA to its folder")
    return Path(folder)
