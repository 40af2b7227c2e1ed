"""A search of a folder takes every ending that the decoder reads, and names what it passes over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from manifests import write_manifest
from PIL import Image

from iqabench.data.images import ENDINGS, read_image
from iqabench.data.open import open_dataset
from iqabench.data.restored_sets import read_restored_sets
from iqabench.predict.pairs import pair_images
from iqabench.synthesis.photographs import find_photographs

PLAIN = Image.fromarray(np.random.default_rng(0).integers(0, 255, (96, 96, 3), dtype=np.uint8))
READABLE = [ending for ending in ENDINGS if ending != ".pfm"]  # floats, which are refused with a name


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = {".jfif": "JPEG", ".jpe": "JPEG", ".apng": "PNG", ".pbm": "PPM", ".pgm": "PPM", ".pnm": "PPM"}
    image = PLAIN.convert({".gif": "P", ".pbm": "1", ".pgm": "L"}.get(path.suffix, "RGB"))
    image.save(path, kinds.get(path.suffix))


def test_every_ending_that_is_read_is_found_by_every_search(tmp_path: Path) -> None:
    for number, ending in enumerate(READABLE):
        for folder in ("images/m", "set/algorithm"):
            save(tmp_path / folder / f"{number}{ending}")
        save(tmp_path / "pipal" / f"A{number:04d}_00_00{ending}")
        (tmp_path / "pipal" / f"A{number:04d}.txt").write_text(f"A{number:04d}_00_00.bmp,{number}\n")
        assert read_image(tmp_path / "images" / "m" / f"{number}{ending}").shape == (96, 96, 3)
    (tmp_path / "votes.csv").write_text("content,method_a,method_b,votes_a,votes_b\n0,m,n,1,1\n")
    save(tmp_path / "images" / "n" / "0.png")
    count = len(READABLE)
    assert len(pair_images(str(tmp_path / "images" / "m")).rows) == count
    assert len(pair_images(str(tmp_path / "images" / "m" / "*")).rows) == count
    assert len(open_dataset("votes", tmp_path).frame) == count + 1
    assert len(open_dataset("pipal", tmp_path / "pipal").frame) == count
    assert len(find_photographs((tmp_path / "images" / "m",))) == count
    (tmp_path / "sets").mkdir()
    (tmp_path / "set").rename(tmp_path / "sets" / "set")
    assert len(read_restored_sets(tmp_path / "sets").frame) == count


@pytest.mark.parametrize("other", ["x.jp2", "x.heic", "x.npy", "noending"])
def test_what_is_passed_over_is_named_by_every_search(tmp_path: Path, paint: Callable[..., Path], other: str) -> None:
    def with_other(path: Path) -> Path:
        paint(path)
        (path.parent / other).write_bytes(b"?")
        return path.parent

    said = "1 file is passed over because of the ending"
    folder = with_other(tmp_path / "a" / "x.png")
    for word in (folder, folder / "*"):
        (note,) = pair_images(str(word)).notes
        assert said in note
        assert other in note
    (tmp_path / "v").mkdir()
    with_other(tmp_path / "v" / "images" / "m" / "c.png")
    paint(tmp_path / "v" / "images" / "n" / "c.png")
    (tmp_path / "v" / "votes.csv").write_text("content,method_a,method_b,votes_a,votes_b\nc,m,n,1,1\n")
    assert any(said in note and other in note for note in open_dataset("votes", tmp_path / "v").notes)
    with_other(tmp_path / "sets" / "s" / "m" / "c.png")
    assert any(said in note for note in read_restored_sets(tmp_path / "sets").notes)
    findings = tmp_path / "findings.csv"
    assert run_here("data", "check", "--dataset", "votes", "--root", tmp_path / "v", "--csv", findings).returncode == 0
    assert said in findings.read_text()


def test_pipal_names_images_that_are_called_right_and_end_wrong(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "A0001_00_00.bmp")
    (tmp_path / "A0001_00_01.jp2").write_bytes(b"?")
    (tmp_path / "A0001.txt").write_text("A0001_00_00.bmp,1\n")
    notes = open_dataset("pipal", tmp_path).notes
    assert any("1 file is passed over" in note and "A0001_00_01.jp2" in note for note in notes)


def test_a_run_keeps_how_images_were_converted(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, contents=2, algorithms=3)
    for name in ("c0-a0.png", "c0-degraded.png"):
        Image.open(tmp_path / name).convert("L").save(tmp_path / name)
    words = ("--dataset", "manifest", "--root", manifest, "--results", tmp_path / "r", "--draws", 100)
    split = tmp_path / "split"
    split.mkdir()
    (split / "contents.csv").write_text("content,part\nc0,validate\nc1,train\n")
    done = run_here("run", "--methods", "psnr,algorithm-mean", "--no-anchors", "--split", split, *words)
    said = "grey repeated on three channels: c0-a0.png, c0-degraded.png"
    assert f"note: {said}" in done.stderr
    table = run_here("table", "--results", tmp_path / "r", "--draws", 100)
    for shown in (done.stdout, table.stdout):
        assert f"psnr: {said}." in " ".join(shown.split())
        assert f"algorithm-mean: {said}" not in " ".join(shown.split())
