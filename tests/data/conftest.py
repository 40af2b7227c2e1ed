from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PaintImage = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the digests of tests out of the user's cache."""
    folder = tmp_path_factory.mktemp("cache") / "iqabench"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent))
    return folder


@pytest.fixture
def paint() -> PaintImage:
    """Write a small RGB image whose pixels follow from its name, so that no two files are alike."""

    def write(path: Path, height: int = 8, width: int = 12) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(zlib.crc32(path.name.encode())).integers(
            0, 256, (height, width, 3), dtype=np.uint8
        )
        Image.fromarray(pixels).save(path)
        return path

    return write
