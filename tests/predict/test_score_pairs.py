"""Everything is judged in one pass; what does not fit is named, and costs nothing else."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.stats import rankdata

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError
from iqabench._util.progress import Overview
from iqabench.data.references import whole_factor
from iqabench.methods.contract import Method, MethodInfo, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.tiling import Tiling
from iqabench.predict.loaded import LoadedMethod, prepare_methods
from iqabench.predict.page import render_scores
from iqabench.predict.pairs import pair_images
from iqabench.predict.ranks import rank_algorithms, ranks_within_content
from iqabench.predict.same_content import ALIKE, SameContent
from iqabench.predict.score_pairs import MethodScores, PairScores, score_pairs
from iqabench.predict.tables import tidy, to_csv, to_json, to_text
from iqabench.scoring import decode

SIDE = 96
"""Of the restored images."""


def ready(*names: str) -> list[LoadedMethod]:
    found = prepare_methods(names, Registry(), {}, None, Overview(quiet=True))
    assert not found.problems
    return found.ready


def judged(restored: Path, degraded: Path | None, *names: str, tiling: Tiling | None = None) -> PairScores:
    pairs = pair_images(str(restored), None if degraded is None else str(degraded))
    return score_pairs(pairs, ready(*names), Machine(), tiling, Overview(quiet=True))


def test_all_methods_share_one_decoding(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: Counter[str] = Counter()
    real = decode.read_image
    monkeypatch.setattr(decode, "read_image", lambda path: reads.update([path]) or real(path))
    found = judged(place / "restored", place / "degraded", "psnr", "sharpness", "ssim")
    assert found.problems == []
    assert found.scores.notna().all(axis=None)
    # Three restorations of a content are one batch, with its degraded image.
    assert set(reads.values()) == {1}
    assert len(reads) == 6 + 2


def test_scores_are_those_of_the_methods_alone(place: Path) -> None:
    together = judged(place / "restored", place / "degraded", "psnr", "sharpness").scores
    for name in ("psnr", "sharpness"):
        alone = judged(place / "restored", place / "degraded", name).scores
        assert together[name].tolist() == alone[name].tolist()
    blind = judged(place / "restored", None, "sharpness").scores["sharpness"]
    assert together["sharpness"].tolist() == pytest.approx(blind.tolist(), abs=1e-6)


def test_a_method_that_needs_a_reference_says_so_and_the_others_go_on(place: Path) -> None:
    found = judged(place / "restored", None, "psnr", "sharpness")
    assert list(found.scores.columns) == ["sharpness"]
    assert found.problems == ["psnr compares with a reference: name the degraded image as second argument"]
    with pytest.raises(MethodError, match="second argument"):
        judged(place / "restored", None, "psnr")


def test_bad_pairs_are_named_and_the_others_scored(place: Path) -> None:
    sharp = place / "restored" / "sharp"
    (sharp / "chelsea.png").write_bytes((sharp / "chelsea.png").read_bytes()[:500])
    Image.open(sharp / "astronaut.png").crop((0, 0, 90, 96)).save(sharp / "astronaut.png")
    found = judged(place / "restored", place / "degraded", "psnr", "sharpness")
    assert found.scores.notna().all(axis=1).sum() == 4
    sizes, damaged = found.problems
    assert "1 of 6 pairs is not scored, the sizes are not related by a whole factor" in sizes
    assert "astronaut.png (90x96)" in sizes
    assert "crop or resize" in sizes
    assert "sharp/chelsea.png" in damaged
    assert "truncated" in damaged
    assert (found.frame["error"] != "").sum() == 2


@pytest.mark.parametrize("methods", [("sharpness",), ("psnr", "sharpness"), ("sharpness", "psnr")])
def test_a_reference_that_does_not_fit_costs_a_method_without_one_nothing(
    place: Path, methods: tuple[str, ...]
) -> None:
    image = place / "restored" / "sharp" / "astronaut.png"
    Image.open(image).crop((0, 0, 90, 96)).save(image)
    found = judged(place / "restored", place / "degraded", *methods)
    alone = judged(place / "restored", None, "sharpness")
    scores = found.scores["sharpness"].set_axis(found.frame["image_id"])
    assert scores.to_dict() == alone.scores["sharpness"].set_axis(alone.frame["image_id"]).to_dict()
    assert list(found.scores.columns) == list(methods)
    if "psnr" in methods:
        assert found.scores["psnr"].notna().sum() == 5
        (error,) = found.frame["error"][found.frame["error"] != ""]
        assert error.startswith("psnr: the sizes are not related by a whole factor")


def test_the_headline_names_all_algorithms_that_share_the_first_rank(place: Path) -> None:
    def headline() -> str:
        page = render_scores(judged(place / "restored", place / "degraded", "psnr"), Overview(quiet=True))
        return " ".join(page.partition('class="headline">')[2].partition("</p>")[0].split())

    assert "<strong>bicubic</strong> ranks first (mean rank 1.00)" in headline()
    for content in ("astronaut", "chelsea"):
        shutil.copy(place / "restored" / "bicubic" / f"{content}.png", place / "restored" / "sharp" / f"{content}.png")
    assert "<strong>bicubic and sharp</strong> share the first rank (mean rank 1.50)" in headline()


def test_swapped_arguments_are_recognised_by_methods_that_see_no_reference(place: Path) -> None:
    found = judged(place / "degraded", place / "restored" / "sharp", "sharpness")
    (problem,) = found.problems
    assert "2 of 2 pairs are not scored, the degraded image is larger" in problem
    assert "are they swapped?" in problem
    assert found.scores["sharpness"].isna().all()


def test_a_missing_degraded_image_of_a_csv_is_named(place: Path) -> None:
    file = place / "pairs.csv"
    file.write_text(
        "restored,degraded\nrestored/sharp/chelsea.png,degraded/chelsea.png\n"
        "restored/blur/chelsea.png,\nrestored/blur/astronaut.png,degraded/gone.png\n"
    )
    found = judged(file, None, "psnr")
    assert found.scores["psnr"].notna().sum() == 1
    assert any("no degraded image is named" in problem and "blur/chelsea.png" in problem for problem in found.problems)
    assert any("cannot be read" in problem and "gone.png" in problem for problem in found.problems)


def test_swapped_arguments_are_recognised(place: Path) -> None:
    found = judged(place / "degraded", place / "restored" / "sharp", "psnr")
    assert len(found.problems) == 1
    assert "2 of 2 pairs" in found.problems[0]
    assert "are they swapped?" in found.problems[0]


def test_another_scene_under_the_same_name_is_a_warning(place: Path) -> None:
    Image.open(place / "restored" / "sharp" / "chelsea.png").save(place / "restored" / "blur" / "astronaut.png")
    found = judged(place / "restored", place / "degraded", "psnr")
    assert found.problems == []
    assert len(found.warnings) == 1
    assert "1 of 6 pairs does not seem to show the same scene" in found.warnings[0]
    assert "blur/astronaut.png" in found.warnings[0]


def test_grey_and_alpha_are_noted(place: Path) -> None:
    grey, glass = place / "restored" / "sharp" / "chelsea.png", place / "restored" / "blur" / "chelsea.png"
    Image.open(grey).convert("L").save(grey)
    image = Image.open(glass).convert("RGBA")
    image.putalpha(128)
    image.save(glass)
    found = judged(place / "restored", place / "degraded", "psnr")
    assert found.problems == []
    assert f"{grey}: grey repeated on three channels" in found.notes
    assert f"{glass}: alpha composited on white" in found.notes


def test_too_small_an_image_is_named(tmp_path: Path) -> None:
    for name, side in (("tiny", 6), ("large", 64)):
        Image.effect_noise((side, side), 60).convert("RGB").save(tmp_path / f"{name}.png")
    found = judged(tmp_path, tmp_path, "ssim")
    assert found.scores["ssim"].notna().sum() == 1
    assert len(found.problems) == 1
    assert "tiny.png" in found.problems[0]
    assert "6x6 pixels, but ssim needs at least" in found.problems[0]


def test_a_method_that_fails_costs_its_own_scores(place: Path) -> None:
    class Broken(Method):
        info = MethodInfo("broken", paradigms=(Paradigm.NR,))

        def score(self, restored: torch.Tensor, prepared: object) -> torch.Tensor:
            return torch.zeros(len(restored) + 1)

    pairs = pair_images(str(place / "restored"))
    found = score_pairs(
        pairs, [LoadedMethod("broken", Broken()), *ready("sharpness")], Machine(), None, Overview(quiet=True)
    )
    assert found.scores["sharpness"].notna().all()
    assert found.scores["broken"].isna().all()
    assert len(found.problems) == 1
    assert "it must return" in found.problems[0]


def test_an_interruption_keeps_what_is_there(place: Path) -> None:
    class Impatient(Method):
        info = MethodInfo("impatient", paradigms=(Paradigm.NR,))
        calls = 0

        def score(self, restored: torch.Tensor, prepared: object) -> torch.Tensor:
            self.calls += 1
            if self.calls > 2:
                raise KeyboardInterrupt
            return restored.mean((1, 2, 3))

    pairs = pair_images(str(place / "restored"))
    found = score_pairs(
        pairs, [LoadedMethod("impatient", Impatient())], Machine(batch_size=1), None, Overview(quiet=True)
    )
    assert found.interrupted
    assert found.scores["impatient"].notna().sum() == 2
    assert found.problems == ["interrupted: 2 of 6 images scored"]


def test_tiles_are_the_mean_of_their_parts_and_are_counted(place: Path) -> None:
    assert judged(place / "restored", place / "degraded", "psnr").tiled(_column("psnr", 1)) == 0
    found = judged(place / "restored", place / "degraded", "psnr", tiling=Tiling(0, 64))
    assert found.tiled(found.columns[0]) == 6
    for row, score in zip(found.frame.to_dict("records"), found.scores["psnr"], strict=True):
        restored = np.asarray(Image.open(row["image"]), dtype=np.float64)
        given = Image.open(row["degraded"]).resize((96, 96), Image.Resampling.BICUBIC)
        error = (restored - np.asarray(given, dtype=np.float64)) ** 2
        parts = [error[top : top + 48, left : left + 48].mean() for top in (0, 48) for left in (0, 48)]
        decibels = [min(100.0, 10 * np.log10(255**2 / max(part, 1e-9))) for part in parts]
        assert score == pytest.approx(np.mean(decibels), abs=1e-3)


@pytest.mark.parametrize(
    ("small", "large", "factor"),
    [
        ((169, 255), (676, 1020), 4),
        ((170, 256), (679, 1023), 4),
        ((169, 255), (679, 1023), 4),
        ((10, 10), (10, 10), 1),
        ((10, 10), (15, 15), None),
        ((10, 10), (20, 30), None),
        ((20, 20), (10, 10), None),
        ((100, 100), (205, 195), None),
    ],
)
def test_whole_factors(small: tuple[int, int], large: tuple[int, int], factor: int | None) -> None:
    assert whole_factor(small, large) == factor


def test_same_content_survives_noise_and_a_shift() -> None:
    rng = np.random.default_rng(0)
    scene = np.kron(rng.random((12, 18)), np.ones((16, 16)))
    image = torch.tensor(scene, dtype=torch.float32).expand(1, 3, -1, -1)
    check = SameContent()
    noisy = (image + 0.2 * torch.randn(image.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    shifted = image.roll(6, dims=3)
    other = torch.tensor(np.kron(rng.random((12, 18)), np.ones((16, 16))), dtype=torch.float32).expand(1, 3, -1, -1)
    flat = torch.full_like(image, 0.3)
    same = check.score(torch.cat([image, noisy, shifted, other, flat]), check.prepare(image))
    assert same[0] == pytest.approx(1, abs=1e-5)
    assert (same[:3] > 0.9).all()
    assert (same[3:] < ALIKE).all()
    assert check.score(flat, check.prepare(flat)).item() == 1


def _column(name: str, sign: int) -> MethodScores:
    return MethodScores(name, sign, False, Tiling())


def test_ranks_equal_an_independent_computation() -> None:
    rng = np.random.default_rng(4)
    keys = [(content, algorithm) for content in "abcd" for algorithm in "xyz"]
    frame = pd.DataFrame(keys, columns=["content", "algorithm"])
    frame["image_id"] = frame["pixels"] = frame["content"] + frame["algorithm"]
    scores = pd.DataFrame({"up": rng.integers(0, 3, 12).astype(float), "down": rng.random(12)})
    scores.loc[4, "down"] = np.nan
    columns = [_column("up", 1), _column("down", -1)]
    ranks = ranks_within_content(frame, scores, columns)
    for content in "abcd":
        rows = frame["content"] == content
        assert ranks.loc[rows, "up"].tolist() == rankdata(-scores.loc[rows, "up"]).tolist()
    assert np.isnan(ranks.loc[4, "down"])
    means = rank_algorithms(frame, scores, columns)
    assert means is not None
    assert means.contents == {"up": 4, "down": 3}
    complete = scores["down"].to_numpy().reshape(4, 3)[[0, 2, 3]]
    expected = np.mean([rankdata(row) for row in complete], axis=0)
    assert means.frame.loc[["x", "y", "z"], "down"].tolist() == pytest.approx(expected.tolist())
    assert means.frame["up"].is_monotonic_increasing


def test_one_restoration_per_content_has_no_rank() -> None:
    frame = pd.DataFrame({"image_id": ["a", "b"], "content": ["a", "b"], "algorithm": "", "pixels": ["a", "b"]})
    scores = pd.DataFrame({"up": [1.0, 2.0]})
    assert ranks_within_content(frame, scores, [_column("up", 1)])["up"].isna().all()
    assert rank_algorithms(frame, scores, [_column("up", 1)]) is None


def test_scores_that_compare_within_a_content_alone_are_listed_content_by_content(place: Path) -> None:
    found = judged(place / "restored", place / "degraded", "ckdn-shipped", "psnr")
    assert found.by_content
    table = tidy(found)
    assert table["content"].tolist() == ["astronaut"] * 3 + ["chelsea"] * 3
    for _, block in table.groupby("content"):
        assert block["ckdn-shipped"].is_monotonic_decreasing
        assert block["ckdn-shipped_rank"].tolist() == [1, 2, 3]
    text = to_text(found)
    assert "Content by content, best first by ckdn-shipped, whose scores of different contents do not compare." in text
    page = render_scores(found, Overview(quiet=True))
    assert "Ranked within each content by ckdn-shipped" in page
    assert "Best by" not in page
    # By a method that compares everywhere, all images are in one order.
    assert not judged(place / "restored", place / "degraded", "psnr", "ckdn-shipped").by_content


def test_what_a_method_does_not_know_is_noted_with_its_scores(place: Path) -> None:
    small = place / "degraded" / "chelsea.png"
    Image.open(small).resize((SIDE // 6, SIDE // 6), Image.Resampling.BICUBIC).save(small)
    found = judged(place / "restored", place / "degraded", "ckdn-shipped", "psnr")
    told = " | ".join(found.notes)
    assert "ckdn-shipped: scores of different contents do not compare" in told
    assert "ckdn-shipped: invented texture, noise that was enlarged with the picture" in told
    assert "sharp/chelsea.png: enlarged ×6; ckdn-shipped knows ×2 to ×4" in told
    rows = {row["image"]: row for row in json.loads(to_json(found))}
    assert any(note.startswith("enlarged ×6") for note in rows["bicubic/chelsea.png"]["notes"])
    assert not any("enlarged ×" in note for note in rows["bicubic/astronaut.png"]["notes"])
    assert all(found.limits[0] in row["notes"] for row in rows.values())
    assert "enlarged ×6" in to_csv(found)
    # Who declares no limits has no notes but that a distance to the degraded image is no quality.
    (note,) = judged(place / "restored", place / "degraded", "psnr").notes
    assert note.startswith("psnr: nearness to the degraded image is no quality")
