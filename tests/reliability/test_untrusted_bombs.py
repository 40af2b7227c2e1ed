"""Files that are small on disk and large in memory, or that are no files: refused by what they declare."""

from __future__ import annotations

import io
import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from fuzz_guard import INPUTS, Guard
from fuzz_images import animated, png
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images import BYTES_PER_PIXEL, MAX_PIXELS, read_image
from iqabench.data.open import open_dataset
from iqabench.reproduce.plans import parse_plan


def _large_png(colour_type: int, channels: int, depth: int = 8) -> bytes:
    side, stream = 10_000, zlib.compressobj(1)
    line = b"\0" + bytes(side * channels * depth // 8)
    data = b"".join(stream.compress(line) for _ in range(side)) + stream.flush()
    empty = png(side, side, depth, colour_type, b"")
    chunk = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    return empty[:33] + chunk + empty[-12:]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("colour_type", "channels", "depth"), [(6, 4, 8)] if not INPUTS else [(6, 4, 8), (2, 3, 16)])
def test_the_largest_image_keeps_the_stated_bound(tmp_path: Path, colour_type: int, channels: int, depth: int) -> None:
    (tmp_path / "large.png").write_bytes(_large_png(colour_type, channels, depth))
    guard = Guard("largest", BYTES_PER_PIXEL * MAX_PIXELS / 2**20)
    pixels = guard(lambda: read_image(tmp_path / "large.png"))
    assert isinstance(pixels, np.ndarray)
    assert pixels.shape == (10_000, 10_000, 3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("width", [10_001, 2**31 - 1])
def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, width: int) -> None:
    (tmp_path / "bomb.png").write_bytes(png(width, 10_000, 8, 2, bytes(1000)))
    guard = Guard("bombs", memory_mib=8)
    assert "exceeds 100 megapixels" in str(guard(lambda: read_image(tmp_path / "bomb.png")))


def test_bombs_of_scans_frames_text_and_programs_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("L", (10_000, 10_000)).save(stream, "JPEG", quality=5, progressive=True)
    jpeg = stream.getvalue()
    scan = jpeg.rfind(b"\xff\xda")
    icon = io.BytesIO()
    Image.new("RGB", (16, 16)).save(icon, "ICO")
    program = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) (w) file closefile\n%%EOF\n"
    text = (b"zTXt", b"k\0\0" + zlib.compress(bytes(100_000_000)))
    cases = {
        "scans.jpg": (jpeg[:scan] + jpeg[scan:-2] * 300 + b"\xff\xd9", "305 scans"),
        "frames.gif": (animated("GIF"), "several frames"),
        "text.png": (png(9, 7, 8, 2, bytes(7 * 28), text), "truncated or damaged"),
        "program.png": (program, "not an image that can be read"),
        "icon.png": (icon.getvalue(), "not an image that can be read"),
    }
    guard = Guard("bombs", memory_mib=64)
    for name, (content, said) in cases.items():
        (tmp_path / name).write_bytes(content)
        assert said in str(guard(lambda name=name: read_image(tmp_path / name), names=tmp_path / name))


def test_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path in (tmp_path / "pipe.png", tmp_path / "s", Path(os.devnull)):
            with pytest.raises(DataError, match="a pipe or a device"):
                read_image(path)
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(DataError, match="a pipe or a device"):
            open_dataset("manifest", path)


@pytest.mark.parametrize("text", ["a." * 120_000 + "a = 1", "x = " + "9" * 5000, "x = " + "[" * 100_000])
def test_toml_that_exhausts_its_parser_is_refused(tmp_path: Path, text: str) -> None:
    guard = Guard("toml", memory_mib=64)
    path = tmp_path / "card.toml"
    path.write_text(text)
    (tmp_path / "manifest.csv").write_text("image\na.png\n")
    assert "card.toml" in str(guard(lambda: open_dataset("manifest", tmp_path, require_images=False), names=path))
    assert "plan" in str(guard(lambda: parse_plan(text, Path("plan.toml"))))
