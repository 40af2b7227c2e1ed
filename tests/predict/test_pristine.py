"""Pristine images beside the degraded ones: each method is shown every reference that it knows what to do with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

import iqabench
from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, MethodError
from iqabench._util.progress import Overview
from iqabench.methods.registry import Registry
from iqabench.predict.loaded import prepare_methods
from iqabench.predict.pairs import Pairs, pair_images
from iqabench.predict.score_pairs import PairScores, score_pairs


def scored(pairs: Pairs, *names: str) -> PairScores:
    prepared = prepare_methods(names, Registry(), {}, None, Overview(quiet=True))
    return score_pairs(pairs, prepared.ready, Machine(), None, Overview(quiet=True))


def pairs_of(place: Path, *names: str) -> Pairs:
    return pair_images(*[str(place / name) if name else None for name in names])  # type: ignore[arg-type]


def test_each_method_is_shown_every_reference_that_it_takes(place: Path) -> None:
    found = scored(pairs_of(place, "restored", "degraded", "pristine"), "psnr", "sharpness", "ckdn-shipped")
    assert found.problems == []
    assert list(found.scores.columns) == ["psnr@pristine", "psnr@degraded", "sharpness", "ckdn-shipped@degraded"]
    assert [one.reference for one in found.columns] == ["pristine", "degraded", "none", "degraded"]
    assert "|ref=pristine|" in found.columns[0].signature
    for row in found.frame.itertuples():
        alone = iqabench.score(row.image, row.pristine, "psnr")
        assert found.scores["psnr@pristine"][row.Index] == pytest.approx(alone, abs=1e-5)
        assert found.scores["psnr@degraded"][row.Index] == pytest.approx(
            iqabench.score(row.image, row.degraded, "psnr"), abs=1e-5
        )


def test_pristine_images_alone(place: Path) -> None:
    found = scored(pairs_of(place, "restored", "", "pristine"), "psnr", "ckdn-shipped")
    assert list(found.scores.columns) == ["psnr@pristine"]
    assert found.problems == ["ckdn-shipped compares with the degraded image: name it as second argument"]
    assert found.frame["correlation"].gt(0.6).all()
    with pytest.raises(MethodError, match="compares with the degraded image"):
        scored(pairs_of(place, "restored", "", "pristine"), "ckdn-shipped")


def test_a_pristine_image_that_is_missing_or_does_not_fit_costs_its_own_column(place: Path) -> None:
    (place / "pristine" / "chelsea.png").unlink()
    crop = Image.open(place / "pristine" / "astronaut.png").crop((0, 0, 90, 96))
    crop.save(place / "pristine" / "astronaut.png")
    found = scored(pairs_of(place, "restored", "degraded", "pristine"), "psnr")
    assert found.scores["psnr@degraded"].notna().all()
    assert found.scores["psnr@pristine"].isna().all()
    missing, size = sorted(found.problems)
    assert missing.startswith("3 of 6 pairs are not scored, no pristine image is named")
    assert "3 of 6 pairs are not scored, the pristine image has another size" in size
    assert "(90x96)" in size
    assert found.frame["error"].str.startswith("psnr@pristine: ").all()


def test_pristine_images_inside_the_restored_folder_are_not_scored(place: Path) -> None:
    shutil.move(place / "pristine", place / "restored" / "pristine")
    pairs = pairs_of(place, "restored", "degraded", "restored/pristine")
    assert set(pairs.rows["algorithm"]) == {"blur", "bicubic", "sharp"}
    assert pairs.rows["pristine"].notna().all()


def test_a_csv_names_pristine_images_itself(place: Path) -> None:
    table = place / "pairs.csv"
    table.write_text(
        "restored,degraded,pristine\nrestored/sharp/chelsea.png,degraded/chelsea.png,pristine/chelsea.png\n"
    )
    found = scored(pair_images(str(table)), "psnr")
    assert found.problems == []
    assert list(found.scores.columns) == ["psnr@pristine", "psnr@degraded"]
    assert found.frame["content"].tolist() == ["degraded/chelsea"]
    with pytest.raises(DataError, match="in the columns degraded and pristine; leave out"):
        pair_images(str(table), None, str(place / "pristine"))


def test_one_pristine_file_serves_all_and_others_must_match(place: Path) -> None:
    one = place / "pristine" / "chelsea.png"
    pairs = pair_images(
        str(place / "restored" / "*" / "chelsea.png"), str(place / "degraded" / "chelsea.png"), str(one)
    )
    assert pairs.rows["pristine"].tolist() == [str(one.resolve())] * 3
    one.rename(one.with_name("nobody.png"))
    with pytest.raises(DataError, match=r"no restored image .* has a pristine image of the same name"):
        pair_images(str(place / "restored/sharp/chelsea.png"), str(place / "degraded/chelsea.png"), f"{one.parent}/n*")
