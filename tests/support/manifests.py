"""A small manifest of real photographs, and the type of the fixture that runs the real command."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from skimage import data as photographs

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def write_manifest(folder: Path, contents: int = 6, size: int = 64, algorithms: int = 6) -> Path:
    """Write a manifest of crops of real photographs, degraded x4, and restored in graded ways."""
    for name, content in _files(contents, size, algorithms).items():
        (folder / name).write_bytes(content)
    return folder / "manifest.csv"


@cache
def _files(contents: int, size: int, algorithms: int) -> dict[str, bytes]:
    """Content of each file by its name: a hundred tests want the same, and only the first pays for it."""
    files: dict[str, bytes] = {}

    def keep(image: Image.Image, name: str) -> None:
        image.save(encoded := io.BytesIO(), "PNG")
        files[name] = encoded.getvalue()

    sources = [photographs.astronaut(), photographs.coffee(), photographs.chelsea(), photographs.rocket()]
    rows = []
    for number in range(contents):
        source = sources[number % len(sources)]
        corner = 60 + 24 * (number // len(sources))
        pristine = Image.fromarray(source[corner : corner + size, corner : corner + size])
        degraded = pristine.resize((size // 4, size // 4), Image.Resampling.BICUBIC)
        keep(pristine, f"c{number}-pristine.png")
        keep(degraded, f"c{number}-degraded.png")
        up = np.asarray(degraded.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)
        truth = np.asarray(pristine, dtype=np.float32)
        for level in range(algorithms):
            share = level / max(1, algorithms - 1)
            blend = Image.fromarray((share * truth + (1 - share) * up).round().astype(np.uint8))
            restored = blend if level % 2 else blend.filter(ImageFilter.UnsharpMask(1, 60, 0))
            name = f"c{number}-a{level}.png"
            keep(restored, name)
            mos = 1000 + 800 * share + 10 * number
            references = [f"c{number}-degraded.png", f"c{number}-pristine.png"]
            rows.append([name, *references, f"c{number}", f"a{level}", f"0{level % 3}", f"{mos:.4f}"])
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["image", "degraded", "pristine", "content", "algorithm", "category", "mos"])
    writer.writerows(rows)
    files["manifest.csv"] = table.getvalue().encode()
    return files
