"""PIPAL's part without labels: read, scored, and written as the challenge takes it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from releases import Pictures

from iqabench._util.errors import DataError
from iqabench.data.open import open_dataset

CATEGORIES = ("00", "03", "05", "10")


@pytest.fixture(scope="module")
def validation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validation part at full count: 25 contents x 40 images."""
    root = tmp_path_factory.mktemp("ntire")
    pictures = Pictures(root.with_name("ntire-pictures"))
    for content in range(201, 226):
        pictures.put(root / "Val_Ref" / f"A0{content}.bmp")
        for number, category in np.ndindex(10, len(CATEGORIES)):
            name = f"A0{content}_{CATEGORIES[category]}_{number:02}.bmp"
            pictures.put(root / "Val_Distort" / name, 1 + (number + content) % 5)
    return root


def test_it_is_read_without_labels(validation: Path) -> None:
    dataset = open_dataset("pipal-ntire", validation)
    assert len(dataset.frame) == 1000
    assert dataset.frame["content"].nunique() == 25
    assert dataset.frame["mos"].isna().all()
    assert dataset.references_present() == ("pristine",)
    assert dataset.card.label_kind == "none"
    assert dataset.notes == ()
    assert set(dataset.frame["category"]) == set(CATEGORIES)


def test_scores_are_written_as_the_challenge_takes_them(validation: Path, tmp_path: Path) -> None:
    results = tmp_path / "runs"
    words = ("--dataset", "pipal-ntire", "--root", validation, "--results", results)
    done = run_here("run", "--methods", "psnr,gmsd", "--no-anchors", *words)
    assert done.returncode == 0, done.stderr
    said = {}
    for method in ("psnr", "gmsd"):
        file = tmp_path / f"{method}.zip"
        done = run_here("data", "submission", method, "--results", results, "--output", file)
        assert done.returncode == 0, done.stderr
        assert ("they are negated" in done.stderr) == (method == "gmsd")
        with zipfile.ZipFile(file) as archive:
            assert archive.namelist() == ["output.txt", "readme.txt"]
            lines = archive.read("output.txt").decode().splitlines()
            readme = archive.read("readme.txt").decode().splitlines()
        said[method] = {line.split(",")[0]: float(line.split(",")[1]) for line in lines}
        assert lines == sorted(lines)
        assert set(said[method]) == {path.name for path in (validation / "Val_Distort").iterdir()}
        assert [line.partition(" : ")[0] for line in readme] == [
            "runtime per image [s]",
            "CPU[1] / GPU[0]",
            "Extra Data [1] / No Extra Data [0]",
            "Other description",
        ]
        assert readme[1].endswith(" : 1")
        assert readme[2].endswith(" : 0")
        assert f"{method}|v" in readme[3]
    mild, severe = ("A0204_00_01.bmp", "A0204_00_00.bmp")  # noise of level 1 and 5
    assert all(scores[mild] > scores[severe] for scores in said.values())
    first = (tmp_path / "psnr.zip").read_bytes()
    run_here("data", "submission", "psnr", "--results", results, "--output", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == first


def test_what_cannot_be_submitted(validation: Path, tmp_path: Path) -> None:
    results = tmp_path / "runs"
    run_here("run", "--methods", "sharpness", "--no-anchors", "--dataset", "mini", "--results", results)
    done = run_here("data", "submission", "sharpness", "--results", results)
    assert done.returncode == 2
    assert "pipal-ntire" in done.stderr


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no restored images"):
        open_dataset("pipal-ntire", tmp_path)
    pictures = Pictures(tmp_path / "pictures")
    for content, number in np.ndindex(101, 116):
        pictures.put(tmp_path / "part" / f"A{content:04}_{number // 29:02}_{number % 29:02}.bmp")
    with pytest.raises(DataError, match="that is the training part"):
        open_dataset("pipal-ntire", tmp_path / "part", require_images=False)


def test_a_part_of_it_is_said(validation: Path, tmp_path: Path) -> None:
    for path in sorted((validation / "Val_Distort").iterdir())[:7]:
        (tmp_path / path.name).hardlink_to(path)
    dataset = open_dataset("pipal-ntire", tmp_path)
    assert "7 images of 1 content; the validation part of the challenge has 1,000 of 25" in dataset.notes
    assert "7 images without a pristine image (A0001.bmp): no full-reference run" in dataset.notes
