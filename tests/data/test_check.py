from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from PIL import Image

from iqabench.data.check import Finding, check_dataset, check_layout
from iqabench.data.open import open_dataset

Paint = Callable[..., Path]


@pytest.fixture
def sound(tmp_path: Path, paint: Paint) -> Path:
    for name in ("r1.png", "r2.png", "r3.png", "h.png"):
        paint(tmp_path / name, 32, 48)
    paint(tmp_path / "d.png", 8, 12)
    rows = "".join(f"r{i}.png,d.png,h.png,c,a{i},{i}\n" for i in (1, 2, 3))
    (tmp_path / "manifest.csv").write_text("image,degraded,pristine,content,algorithm,mos\n" + rows)
    return tmp_path


def findings(root: Path) -> list[tuple[str, str, str, str]]:
    return [(f.severity, Path(f.file).name, f.row, f.problem) for f in check_layout("manifest", root)]


def test_a_sound_dataset_has_no_findings(sound: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert check_layout("manifest", sound, lambda done, total: seen.append((done, total))) == []
    assert seen[-1] == (5, 5)


def test_all_missing_and_damaged_files_are_listed(sound: Path) -> None:
    (sound / "r1.png").unlink()
    (sound / "h.png").unlink()
    (sound / "r2.png").write_bytes((sound / "r2.png").read_bytes()[:600])
    (sound / "r3.png").write_bytes(b"")
    found = {(severity, name): problem for severity, name, _, problem in findings(sound)}
    assert found["error", "r1.png"] == "the file is missing"
    assert found["error", "h.png"] == "the file is missing"
    assert found["error", "r2.png"].startswith("truncated or damaged")
    assert found["error", "r3.png"] == "the file is empty"
    assert len(found) == 4
    assert all(finding.advice for finding in check_layout("manifest", sound))


def test_wrong_sizes_are_listed_per_row(sound: Path, paint: Paint) -> None:
    paint(sound / "r2.png", 32, 40)
    found = findings(sound)
    assert [(name, row) for _, name, row, _ in found] == [("d.png", "r2"), ("h.png", "r2")]
    assert all("does not fit restored image" in problem and "40x32" in problem for *_, problem in found)


def test_modes_doubles_and_surplus_are_warnings(sound: Path, paint: Paint) -> None:
    Image.fromarray(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48).astype(np.uint8)).save(sound / "r1.png")
    shutil.copy(sound / "r2.png", sound / "r3.png")
    paint(sound / "more" / "extra.png")
    assert findings(sound) == [
        ("warning", "r1.png", "r1", "not 8-bit RGB: grey repeated on three channels"),
        ("warning", "r3.png", "r3", f"the same bytes as {sound / 'r2.png'} (row r2)"),
        ("warning", "extra.png", "", "an image that no row names"),
    ]


def test_labels_out_of_range_or_constant(sound: Path) -> None:
    (sound / "card.toml").write_text("mos_range = [0, 2.5]\n")
    assert findings(sound) == [("error", "r3.png", "r3", "label 3 is outside the range 0 to 2.5")]
    (sound / "card.toml").unlink()
    rows = "r1.png,c,1\nr2.png,c,1\nr3.png,e,2\n"
    (sound / "manifest.csv").write_text("image,content,mos\n" + rows)
    constant = [problem for *_, problem in findings(sound) if "labels of content" in problem]
    assert constant == ["all 2 labels of content c are 1"]


def test_what_stops_the_reader_is_a_finding(sound: Path) -> None:
    (sound / "manifest.csv").write_text("image,mos\nr1.png,x\n")
    (finding,) = check_layout("manifest", sound)
    assert isinstance(finding, Finding)
    assert finding.severity == "error"
    assert "manifest.csv, line 2: mos 'x' is not a number" in finding.problem


def test_pipal_sizes_left_out_categories_and_lost_labels(tmp_path: Path, paint: Paint) -> None:
    for content in ("A0001", "A0002", "A0003"):
        variants = [v for v in ("00_00", "03_01", "06_00") if (content, v) != ("A0003", "03_01")]
        (tmp_path / "Train_Label").mkdir(exist_ok=True)
        (tmp_path / "Train_Label" / f"{content}.txt").write_text(
            "".join(f"{content}_{v}.bmp,{1000 + i}\n" for i, v in enumerate(variants))
        )
        for variant in variants:
            side = 280 if (content, variant) == ("A0002", "00_00") else 288
            paint(tmp_path / "all" / f"{content}_{variant}.bmp", side, 288)
        paint(tmp_path / "all" / f"{content}.bmp", 288, 288)
    paint(tmp_path / "all" / "A0009_00_00.bmp", 288, 288)
    found = check_dataset(open_dataset("pipal", tmp_path))
    problems = [(f.severity, Path(f.file).name, f.row, f.problem.replace(str(tmp_path), "")) for f in found]
    assert problems[0] == ("error", "A0002_00_00.bmp", "A0002_00_00", "the image is 288x280, not 288x288")
    assert problems[1][:3] == ("error", "A0002.bmp", "A0002_00_00")
    assert problems[2] == ("warning", "A0009_00_00.bmp", "", "an image that no row names")
    assert problems[3] == ("warning", "", "A0003_03_01", "no label of A0003_03_01, which most contents have")
    assert len(problems) == 4


def test_a_bad_row_hides_no_missing_files(tmp_path: Path) -> None:
    table = tmp_path / "my.csv"
    table.write_text("image,content,mos\na.png,a,abc\nb.png,b,2\nc.png,c,3\n")
    stopped, *missing = check_layout("manifest", table)
    assert "line 2" in stopped.problem
    assert [Path(one.file).name for one in missing] == ["a.png", "b.png", "c.png"]
    table.write_text("image,content,mos\na.png,a,1\na.png,b,2\nc.png,c,3\n")
    assert [Path(one.file).name for one in check_layout("manifest", table)[1:]] == ["a.png", "c.png"]


def test_files_are_named_from_the_folder_however_the_set_is_given(sound: Path) -> None:
    (sound / "r1.png").unlink()
    for root in (sound, sound / "manifest.csv"):
        done = run_here("data", "check", "--dataset", "manifest", "--root", root)
        assert done.returncode == 2
        assert "r1.png" in done.stdout
        assert str(sound) not in done.stdout
