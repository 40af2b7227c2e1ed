"""Damaged images give pixels or one DataError that names the file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fuzz_guard import Guard, fuzz, memory_folder
from fuzz_images import valid_images
from fuzz_mutations import damaged
from hypothesis import given
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench.data.images import MAX_PIXELS, inspect_image

SUFFIXES = (".png", ".jpg", ".webp", ".bmp", ".tif", ".gif", ".ppm", "", ".txt")
guard = Guard("images", memory_mib=900)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    yield (place := memory_folder())
    shutil.rmtree(place)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(3600)
@fuzz(fast=400)
@given(data=damaged(valid_images()), suffix=st.sampled_from(SUFFIXES))
def test_images(folder: Path, data: bytes, suffix: str) -> None:
    path = folder / f"image{suffix}"
    path.write_bytes(data)
    result = guard(lambda: inspect_image(path), names=path)
    if isinstance(result, tuple):
        pixels, notes = result
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
        assert all(isinstance(note, str) and note for note in notes)
    else:
        assert isinstance(result, DataError)
