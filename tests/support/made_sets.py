"""Archives of made data sets in the layouts of the published ones, with tiny images."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image

SIDE = 8


def picture(seed: int, ending: str = "png") -> bytes:
    """A tiny picture, another one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, {"png": "PNG", "bmp": "BMP", "jpg": "JPEG"}[ending])
    return stream.getvalue()


def tar_of(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """The files as an archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """The files as an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def csiq() -> dict[str, bytes]:
    """CSIQ at full count: 30 contents, 866 distorted images."""
    kinds = ("awgn", "blur", "contrast", "fnoise", "jpeg", "jpeg2000")
    names = [
        f"{kind}/c{content:02}.{kind}.{level}.png" for kind in kinds for content in range(30) for level in range(5)
    ]
    files = {f"CSIQ/dst_imgs/{name}": picture(seed) for seed, name in enumerate(names[:866])}
    files |= {f"CSIQ/src_imgs/c{content:02}.png": picture(5000 + content) for content in range(30)}
    labels = "".join(f"{name.rpartition('/')[2]} {seed / 866:.3f}\n" for seed, name in enumerate(names[:866]))
    return files | {"CSIQ/csiq_label.txt": labels.encode()}


def sriqa_bench() -> dict[str, bytes]:
    """SRIQA-Bench at full count: 100 contents x (10 algorithms and the original)."""
    algorithms = [*(f"Net{k}" for k in range(10)), "Original"]
    files: dict[str, bytes] = {}
    for content in range(100):
        name = f"online{content}"
        files[f"SRIQA-Bench/LRImages/{name}_Original.png"] = picture(content)
        files[f"SRIQA-Bench/MOS/{name}.txt"] = f"{name}_Net0x4.png,{name}_Original.png,22.699\n".encode()
        for k, algorithm in enumerate(algorithms):
            end = "" if algorithm == "Original" else "x4"
            files[f"SRIQA-Bench/images/{algorithm}/{name}_{algorithm}{end}.png"] = picture(1000 + content * 11 + k)
    return files | {"SRIQA-Bench/labels/A/online0/online0_Net0x4_Original.json": b"{}"}
