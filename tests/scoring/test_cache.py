"""The cache of decoded images gives what decoding gives, whatever happened to its files."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, UserError
from iqabench.data.images import PIXELS, read_image
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.scoring.cache import PixelCache
from iqabench.scoring.engine import score_in_memory

SIDE = 24
ENTRY = SIDE * SIDE * 3 + 32
"""Bytes of one entry."""


@pytest.fixture
def images(tmp_path: Path) -> list[str]:
    folder = tmp_path / "images"
    folder.mkdir()
    draw = np.random.default_rng(0)
    for index in range(12):
        pixels = draw.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:02d}.png")
    return [str(path) for path in sorted(folder.iterdir())]


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.rgb"))


def was_found(pixels: np.ndarray) -> bool:
    """True if pixels are mapped from an entry of the cache, not decoded."""
    while not isinstance(pixels, np.memmap) and isinstance(pixels.base, np.ndarray):
        pixels = pixels.base
    return isinstance(pixels, np.memmap)


def test_second_reading_decodes_nothing(images: list[str], tmp_path: Path) -> None:
    first, second = PixelCache(tmp_path / "cache", 10**6), PixelCache(tmp_path / "cache", 10**6)
    for cache in (first, second):
        for path in images:
            pixels = cache.read(path)
            np.testing.assert_array_equal(pixels, read_image(path))
            assert was_found(pixels) == (cache is second)


def test_changed_file_is_another_entry(images: list[str], tmp_path: Path) -> None:
    cache = PixelCache(tmp_path / "cache", 10**6)
    before = cache.read(images[0]).copy()
    Path(images[1]).replace(images[0])
    np.testing.assert_array_equal(cache.read(images[0]), read_image(images[0]))
    assert not np.array_equal(cache.read(images[0]), before)


def test_pixels_of_other_rules_are_not_used(images: list[str], tmp_path: Path) -> None:
    PixelCache(tmp_path / "cache", 10**6).read(images[0])
    (entry,) = entries(tmp_path / "cache")
    assert entry.stem.endswith(f"-{PIXELS}")
    entry.rename(entry.with_name(entry.name.replace(f"-{PIXELS}.", "-older.")))
    cache = PixelCache(tmp_path / "cache", 10**6)
    pixels = cache.read(images[0])
    np.testing.assert_array_equal(pixels, read_image(images[0]))
    assert not was_found(pixels)


@pytest.mark.parametrize("damage", ["truncated", "longer", "flipped pixel", "other height", "empty"])
def test_damaged_entry_is_replaced(images: list[str], tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "cache"
    expected = PixelCache(folder, 10**6).read(images[0]).copy()
    (entry,) = entries(folder)
    whole = bytearray(entry.read_bytes())
    if damage == "truncated":
        whole = whole[:100]
    elif damage == "longer":
        whole += b"\0"
    elif damage == "flipped pixel":
        whole[1000] ^= 1
    elif damage == "other height":
        whole[8:16] = whole[12:16] + whole[8:12]
        whole[8] ^= 3
    else:
        whole = bytearray()
    entry.unlink()
    entry.write_bytes(whole)
    again = PixelCache(folder, 10**6).read(images[0])
    np.testing.assert_array_equal(again, expected)
    assert not was_found(again)
    assert was_found(PixelCache(folder, 10**6).read(images[0]))
    assert entry.stat().st_size == ENTRY


def test_bound_holds_and_what_was_used_longest_ago_goes(images: list[str], tmp_path: Path) -> None:
    folder, limit = tmp_path / "cache", 6 * ENTRY
    old = PixelCache(folder, limit)
    for path in images[:6]:
        old.read(path)
    past = time.time() - 1000
    for entry in entries(folder):
        os.utime(entry, (past, past))
    recent = PixelCache(folder, limit)
    recent.read(images[0])
    recent.read(images[6])
    assert sum(entry.stat().st_size for entry in entries(folder)) <= limit
    again = PixelCache(folder, limit)
    assert was_found(again.read(images[0]))
    assert was_found(again.read(images[6]))


def test_data_larger_than_the_bound_still_hits(images: list[str], tmp_path: Path) -> None:
    folder, limit = tmp_path / "cache", 5 * ENTRY
    for _ in range(3):
        cache = PixelCache(folder, limit)
        found = sum(was_found(cache.read(path)) for path in images)
        assert sum(entry.stat().st_size for entry in entries(folder)) <= limit
    assert found == 5  # dropping the oldest first would leave none


def _fill(folder: Path, limit: int, images: list[str], order: int) -> None:
    for _ in range(5):
        cache = PixelCache(folder, limit)
        for path in images[::order]:
            np.testing.assert_array_equal(cache.read(path), read_image(path))


def test_two_processes_share_a_folder(images: list[str], tmp_path: Path) -> None:
    folder, limit = tmp_path / "cache", 8 * ENTRY
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_fill, args=(folder, limit, images, order)) for order in (1, -1)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert not list(folder.glob("*/*.part"))
    # Each may write one more before it sees the other's.
    assert sum(entry.stat().st_size for entry in entries(folder)) <= limit + 2 * ENTRY


def test_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--cache"):
        PixelCache(tmp_path / "file" / "cache", 10**6)


def test_unreadable_image_is_still_named(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"bad\.png"):
        PixelCache(tmp_path / "cache", 10**6).read(tmp_path / "bad.png")


def test_scores_are_the_same_with_it(manifest: Path, tmp_path: Path) -> None:
    from baselines.full_reference.psnr import Psnr

    frame = open_dataset("manifest", manifest).frame
    reference = parse_reference("degraded")
    plain = score_in_memory(Psnr(), frame, reference, Machine())
    for _ in range(2):
        assert score_in_memory(Psnr(), frame, reference, Machine(cache=tmp_path / "cache")) == plain
