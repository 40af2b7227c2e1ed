"""``iqabench.quality_map``: where one's own images are bad, by the rules of their score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iqabench import UserError, quality_map, score
from iqabench.data.images import upsample
from iqabench.methods.base import Method
from iqabench.methods.contract import method


def test_the_mean_is_what_the_score_says(place: Path) -> None:
    restored = [place / "restored" / one / "chelsea.png" for one in ("blur", "sharp")]
    degraded = place / "degraded" / "chelsea.png"
    found = quality_map(restored, degraded, "psnr")
    assert isinstance(found, list)
    assert [one.shape for one in found] == [(96, 96)] * 2
    assert [one.dtype for one in found] == [np.float32] * 2
    assert [-10 * np.log10(one.mean()) for one in found] == pytest.approx(score(restored, degraded, "psnr"), abs=1e-3)


def test_one_image_has_one_map_whatever_holds_it(place: Path) -> None:
    path = place / "restored" / "sharp" / "astronaut.png"
    small = np.asarray(Image.open(place / "degraded" / "astronaut.png"))
    ours = np.asarray(Image.open(path)).astype(float) / 255
    theirs = upsample(small, 96, 96).astype(float) / 255
    found = quality_map(path, small, "psnr")
    assert isinstance(found, np.ndarray)
    assert np.abs(found - ((ours - theirs) ** 2).mean(2)).max() < 1e-6


def test_tiles_are_mapped_one_by_one(place: Path) -> None:
    path, given = place / "restored" / "sharp" / "chelsea.png", place / "degraded" / "chelsea.png"
    pixels = np.asarray(Image.open(path))
    shown = upsample(np.asarray(Image.open(given)), 96, 96)
    found = quality_map(path, given, "ssim", tiles=48)
    whole = quality_map(path, given, "ssim")
    part = quality_map(pixels[48:, :48], shown[48:, :48], "ssim")
    assert np.array_equal(found[48:, :48], part)
    assert not np.allclose(found, whole)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"method": "sharpness"}, "sharpness has a score, but no map"),
        ({"method": "psnr", "degraded": None}, "name the degraded image"),
        ({"method": "psnr", "degraded": np.zeros((50, 50, 3), np.uint8)}, "not related by a whole factor"),
    ],
)
def test_what_has_no_map_is_said(place: Path, words: dict[str, object], message: str) -> None:
    given = {"degraded": place / "degraded" / "chelsea.png", **words}
    with pytest.raises(UserError, match=message):
        quality_map(place / "restored" / "blur" / "chelsea.png", **given)  # type: ignore[arg-type]
    assert quality_map([], None, "psnr") == []


@method("flat", paradigms="NR")
class Flat(Method):
    """Finds bad what is flat; its map is not finite on black."""

    map_shows = "how flat it is"

    def prepare(self, reference):  # type: ignore[no-untyped-def]
        """No reference is looked at."""

    def score(self, restored, prepared):  # type: ignore[no-untyped-def]
        """Mean brightness."""
        return restored.mean((1, 2, 3))

    def map(self, restored, prepared):  # type: ignore[no-untyped-def]
        """Brightness by itself."""
        return restored.mean(1) / restored.mean(1)


def test_a_method_of_ones_own(place: Path) -> None:
    image = place / "restored" / "blur" / "chelsea.png"
    assert float(np.asarray(quality_map(image, None, Flat())).mean()) == 1
    with pytest.raises(UserError, match="flat: map\\(\\) returned values that are not finite"):
        quality_map(np.zeros((40, 40, 3), np.uint8), None, Flat())
