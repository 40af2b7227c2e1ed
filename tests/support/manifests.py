"""A small manifest of real photographs, and the type of the fixture that runs the real command."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from skimage import data as photographs

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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
