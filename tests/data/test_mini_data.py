"""The embedded data set `mini` is whole and consistent, and its restorers really restore."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from baselines.no_reference.meon import RECIPES
from iqabench.methods.registry import Registry

DATA = Path(__file__).parents[2] / "iqabench" / "data" / "mini_data"
SIZE = 176
DEGRADED_SIZES = {
    "bic4": 44,
    "bic2": 88,
    "blur4": 44,
    "oblique4": 44,
    "noise25": 176,
    "bic4noise10": 44,
    "bic4jpeg40": 44,
}
CATEGORIES = {
    "00": "traditional SR",
    "01": "PSNR-oriented SR",
    "02": "SR with kernel mismatch",
    "03": "GAN-based SR",
    "04": "denoising",
    "05": "SR and denoising jointly",
}


@pytest.fixture(scope="module")
def manifest() -> pd.DataFrame:
    return pd.read_csv(DATA / "manifest.csv", dtype={"algorithm": str, "category": str})


@pytest.fixture(scope="module")
def card() -> dict:
    return tomllib.loads((DATA / "card.toml").read_text(encoding="utf-8"))


def parts(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / "splits" / f"{name}s.csv", dtype=str)


@cache
def pixels(path: str) -> np.ndarray:
    with Image.open(DATA / path) as image:
        assert image.format == "WEBP"
        assert image.mode == "RGB"
        return np.asarray(image)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = np.mean((first.astype(np.float64) - second) ** 2)
    return float(10 * np.log10(255**2 / error))


def upsampled(path: str) -> np.ndarray:
    image = Image.fromarray(pixels(path))
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def test_counts_and_columns(manifest: pd.DataFrame) -> None:
    assert list(manifest) == [
        "image", "degraded", "pristine", "content", "algorithm", "category", "task", "mos", "photo"
    ]  # fmt: skip
    contents, algorithms = manifest.content.nunique(), manifest.algorithm.nunique()
    assert contents >= 16
    assert algorithms >= 20
    assert len(manifest) == contents * algorithms
    assert manifest.image.is_unique
    assert manifest.image.is_monotonic_increasing
    assert not manifest.isna().any().any()


def test_every_file_is_listed_and_small() -> None:
    files = [path for path in DATA.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 15_000_000
    assert max(path.stat().st_size for path in files) <= 1_000_000
    table = pd.read_csv(DATA / "manifest.csv")
    listed = {DATA / name for column in ("image", "degraded", "pristine") for name in table[column]}
    assert listed == {path for path in files if path.suffix == ".webp"}


def test_images_have_the_stated_size_and_are_lossless(manifest: pd.DataFrame) -> None:
    for name in {*manifest.image, *manifest.pristine}:
        assert pixels(name).shape == (SIZE, SIZE, 3), name
    for name in set(manifest.degraded):
        side = DEGRADED_SIZES[Path(name).stem.split("_")[1]]
        assert pixels(name).shape == (side, side, 3), name
    for name in {*manifest.image, *manifest.pristine, *manifest.degraded}:
        # VP8L (or VP8X around it) marks lossless WebP; plain "VP8 " is the lossy codec.
        assert (DATA / name).read_bytes()[12:16] == b"VP8L", name


def test_every_method_can_score_its_images() -> None:
    registry = Registry(())
    too_large = [name for name in registry.names() if registry.get(name).info.minimum_size > SIZE]
    assert not too_large
    assert RECIPES["quick"].window <= SIZE, "MEON trains on windows of that size"


def test_no_image_is_flat_or_the_same_as_another(manifest: pd.DataFrame) -> None:
    for content, group in manifest.groupby("content"):
        seen = {pixels(name).tobytes() for name in group.image}
        assert len(seen) == len(group), content
        assert all(pixels(name).std() > 1 for name in group.image), content


def test_names_and_codes(manifest: pd.DataFrame) -> None:
    algorithms = pd.read_csv(DATA / "algorithms.csv", dtype=str)
    assert set(algorithms.algorithm) == set(manifest.algorithm)
    assert algorithms.algorithm.is_unique
    assert not algorithms.isna().any().any()
    degradation = algorithms.set_index("algorithm").degradation
    for row in manifest.itertuples():
        assert row.category == row.algorithm[:2]
        assert row.task == {"04": "denoising", "05": "mixture"}.get(row.algorithm[:2], "SR")
        assert row.image == f"restored/{row.content}_{row.algorithm}.webp"
        assert row.pristine == f"pristine/{row.content}.webp"
        assert row.degraded == f"degraded/{row.content}_{degradation[row.algorithm]}.webp"
    assert set(manifest.algorithm.str[:2]) == set(CATEGORIES)


def test_labels_are_pseudo_and_on_the_scale_of_pipal(manifest: pd.DataFrame, card: dict) -> None:
    assert card["name"] == "mini"
    assert card["label_kind"] == "pseudo"
    assert card["mos_higher_is_better"] is True
    assert card["mos_range"] == [900.0, 1900.0]
    assert "PSEUDO" in card["description"]
    assert card["label_version"]
    assert card["citation"]
    assert manifest.mos.between(*card["mos_range"]).all()
    assert 100 < manifest.mos.std() < 160
    assert 1400 < manifest.mos.mean() < 1500
    assert manifest.groupby("content").mos.std().min() > 50


def test_every_photograph_has_a_licence_and_stands_on_one_side(manifest: pd.DataFrame, card: dict) -> None:
    photographs = {photo["photo"]: photo for photo in card["photographs"]}
    assert set(photographs) == set(manifest.photo)
    part = parts("content").set_index("content").part
    assert set(part.index) == set(manifest.content)
    for name, group in manifest.groupby("photo"):
        photo = photographs[name]
        assert all(photo[field] for field in ("licence", "author", "source", "statement"))
        assert set(photo["contents"]) == set(group.content)
        assert {part[content] for content in group.content} == {photo["part"]}, f"{name} leaks"


def test_split_covers_every_category_on_both_sides(manifest: pd.DataFrame) -> None:
    contents, algorithms = parts("content"), parts("algorithm")
    assert set(contents.part) == set(algorithms.part) == {"train", "validate"}
    assert contents.content.is_unique
    assert algorithms.algorithm.is_unique
    assert set(algorithms.algorithm) == set(manifest.algorithm)
    assert (contents.part == "validate").sum() >= 6
    assert (algorithms.part == "validate").sum() >= 9
    count = algorithms.groupby([algorithms.algorithm.str[:2], "part"]).size()
    for code in CATEGORIES:
        assert count[code, "train"] >= 1
        assert count[code, "validate"] >= 1
    assert count["03", "train"] >= 2
    assert count["03", "validate"] >= 3


def test_denoisers_beat_their_input(manifest: pd.DataFrame) -> None:
    for algorithm, group in manifest[manifest.category == "04"].groupby("algorithm"):
        gain = [
            psnr(pixels(row.image), pixels(row.pristine)) - psnr(pixels(row.degraded), pixels(row.pristine))
            for row in group.itertuples()
        ]
        assert np.mean(gain) > 1, f"{algorithm} gains {np.mean(gain):.2f} dB"


def test_trained_super_resolution_beats_bicubic(manifest: pd.DataFrame) -> None:
    group = manifest[manifest.category == "01"]
    for algorithm, rows in group.groupby("algorithm"):
        gain = [
            psnr(pixels(row.image), pixels(row.pristine)) - psnr(upsampled(row.degraded), pixels(row.pristine))
            for row in rows.itertuples()
        ]
        assert np.mean(gain) > 0.2, f"{algorithm} gains {np.mean(gain):.2f} dB"


def test_gan_results_differ_from_bicubic(manifest: pd.DataFrame) -> None:
    for row in manifest[manifest.category == "03"].itertuples():
        assert psnr(pixels(row.image), upsampled(row.degraded)) < 40, row.image


def _restored(row: object) -> np.ndarray:
    return pixels(row.image)


def _given(row: object) -> np.ndarray:
    return upsampled(row.degraded)


@pytest.mark.parametrize("kind", [_restored, _given], ids=["restored", "degraded"])
def test_nothing_is_shifted(manifest: pd.DataFrame, kind: Callable[[object], np.ndarray]) -> None:
    """The best whole-pixel shift against the pristine image is none, on the median over contents."""
    offsets = [(dy, dx) for dy in (-2, -1, 0, 1, 2) for dx in (-2, -1, 0, 1, 2)]
    for algorithm, group in manifest.groupby("algorithm"):
        best = []
        for row in group.itertuples():
            image, pristine = kind(row).mean(2)[4:-4, 4:-4], pixels(row.pristine).mean(2)
            errors = [
                np.mean((image - pristine[4 + dy : SIZE - 4 + dy, 4 + dx : SIZE - 4 + dx]) ** 2) for dy, dx in offsets
            ]
            best.append(offsets[int(np.argmin(errors))])
        assert np.array_equal(np.median(best, axis=0), [0, 0]), f"{algorithm}: {best}"
