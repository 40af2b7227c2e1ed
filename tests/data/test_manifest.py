from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError, UserError
from iqabench.data.manifest import _without_suffix
from iqabench.data.open import open_dataset


def manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.csv").write_bytes(text.encode(encoding))
    return folder


def test_all_columns(tmp_path: Path, paint: Callable[..., Path]) -> None:
    for name in ("r/a.png", "r/b.png", "d/a.png", "h/a.png"):
        paint(tmp_path / name)
    manifest(
        tmp_path,
        "image,degraded,pristine,content,algorithm,mos,category,task,photo\n"
        "r/b.png,d/a.png,h/a.png,01,x,2.5,03,SR,who\nr/a.png,d/a.png,h/a.png,01,y,3,03,SR,who\n",
    )
    dataset = open_dataset("manifest", tmp_path)
    assert dataset.frame["image_id"].tolist() == ["r/a", "r/b"]
    assert dataset.frame.iloc[0].to_dict() == {
        "image_id": "r/a",
        "image": str(tmp_path / "r/a.png"),
        "degraded": str(tmp_path / "d/a.png"),
        "pristine": str(tmp_path / "h/a.png"),
        "content": "01",
        "algorithm": "y",
        "category": "03",
        "task": "SR",
        "mos": 3.0,
    }
    assert (dataset.card.label_kind, dataset.card.mos_range, dataset.notes) == ("human", (2.5, 3.0), ())
    assert open_dataset("manifest", tmp_path / "manifest.csv").frame.equals(dataset.frame)


def test_only_images_and_the_default_contents(tmp_path: Path, paint: Callable[..., Path]) -> None:
    for name in ("a.png", "a.bmp", "b.png", "h.png"):
        paint(tmp_path / name)
    plain = open_dataset("manifest", manifest(tmp_path, "image\na.png\na.bmp\nb.png\n"))
    assert plain.frame["image_id"].tolist() == ["a.bmp", "a.png", "b"]
    assert plain.frame["content"].tolist() == ["a.bmp", "a.png", "b"]
    assert plain.card.label_kind == "none"
    assert math.isnan(plain.frame["mos"].iloc[0])
    by_pristine = open_dataset("manifest", manifest(tmp_path, "image,pristine\na.png,h.png\nb.png,h.png\na.bmp,\n"))
    assert by_pristine.frame["content"].tolist() == ["a.bmp", "h", "h"]
    assert by_pristine.frame["pristine"].tolist() == [None, str(tmp_path / "h.png"), str(tmp_path / "h.png")]


def test_byte_order_mark_windows_line_ends_and_blank_lines(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a b.png")
    text = "image , content\r\n\r\n a b.png ,é\r\n,\r\n"
    dataset = open_dataset("manifest", manifest(tmp_path, text, "utf-8-sig"))
    assert dataset.frame["content"].tolist() == ["é"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty"),
        ("image\n", "has a header but no rows"),
        ("img,mos\na.png,1\n", "the header lacks the column image; it has: img, mos"),
        ("image;mos\na.png;1\nb.png;1,2,3\n", "line 3: mos '1,2,3' is not a number"),
        ('image,mos\na.png,1\nb.png,"1,5"\n', "line 3: mos '1,5' is not a number"),
        ("image,mos,mos\na.png,1,2\n", "names the column 'mos' twice"),
        ("image,mos\na.png,1\na.png,2\n", "line 3: image 'a.png' is already on line 2"),
        ("image,mos\na.png,1\n./x/../a.png,2\n", "line 3: image 'a.png' is already on line 2"),
        ("image,mos\na.png,1\nb.png,good\n", "line 3: mos 'good' is not a number"),
        ("image,mos\na.png,1\nb.png,inf\n", "line 3: mos 'inf' is not a number"),
        ("image,mos\na.png,1\nb.png,1_0\n", "line 3: mos '1_0' is not a number"),
        ("image,mos\na.png,1\nb.png,\n", "line 3: mos is empty"),
        ("image,mos\na.png,1\nb.png,1.0\n", "mos is 1 in every row"),
        ("image,mos\na.png,1,5\n", "line 2: 3 cells, but the header has 2; is one a number with a decimal comma"),
        ('image,mos\n"a.png,1\n', "not a CSV line"),
        ("image,content\na.png,x\nb.png,\n", "line 3: content is empty"),
        ("image,mos\n,1\n", "line 2: image is empty"),
        ("image\n../a.png\n", "line 2: image '../a.png' lies outside the manifest's folder"),
        ("image\n/etc/passwd\n", "line 2: image '/etc/passwd' lies outside"),
        ("image,degraded\na.png,../../d.png\n", "line 2: degraded '../../d.png' lies outside"),
        ('image\n"a\nb.png"\n', "holds control characters"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, paint: Callable[..., Path], text: str, problem: str) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    with pytest.raises(DataError) as caught:
        open_dataset("manifest", manifest(tmp_path, text))
    assert "manifest.csv" in str(caught.value)
    assert problem in str(caught.value)


def test_wrong_encodings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest\.csv: not UTF-8 text \(byte 6\)"):
        open_dataset("manifest", manifest(tmp_path, "image\né.png\n", "latin-1"))
    with pytest.raises(DataError, match=r"manifest\.csv: holds NUL characters, as UTF-16 without a byte order mark"):
        open_dataset("manifest", manifest(tmp_path, "image\na.png\n", "utf-16-le"))


def test_missing_files(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a.png")
    manifest(tmp_path, f"image,degraded\na.png,d.png\n{'x' * 4000}.png,d.png\n")
    with pytest.raises(DataError, match="2 files are missing in all"):
        open_dataset("manifest", tmp_path)
    assert len(open_dataset("manifest", tmp_path, require_images=False).frame) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"manifest\.csv: no such file"):
        open_dataset("manifest", tmp_path / "empty")


def test_files_outside_can_be_allowed(tmp_path: Path, paint: Callable[..., Path]) -> None:
    outside = paint(tmp_path / "out.png")
    inside = paint(tmp_path / "m" / "in.png")
    manifest(tmp_path / "m", f"image\n../out.png\n{inside}\n")
    dataset = open_dataset("manifest", tmp_path / "m", allow_outside_root=True)
    assert dataset.frame["image_id"].tolist() == ["../out", "in"]
    assert Path(dataset.frame["image"].iloc[0]).samefile(outside)


def test_misspelt_columns_are_noted(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a.png")
    dataset = open_dataset("manifest", manifest(tmp_path, "image,pristin,photo\na.png,h.png,x\n"))
    assert dataset.notes == ("manifest.csv: column 'pristin' is ignored; did you mean 'pristine'?",)


CELL = st.one_of(
    st.sampled_from(["a.png", "b/c.png", "1.5", "-3", "1e400", "", "é", "../x", "nan", "x,y", '"']),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=6),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(st.sampled_from(["image", "mos", "content", "pristine", "other"]), max_size=4),
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=4),
)
def test_any_table_is_read_right_or_refused(tmp_path: Path, columns: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    path = manifest(tmp_path, text.getvalue()) / "manifest.csv"
    try:
        frame = open_dataset("manifest", path, require_images=False).frame
    except UserError as error:
        assert "manifest.csv" in str(error)  # noqa: PT017  either outcome is right
        return
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(frame) == len(kept)
    assert frame["image_id"].is_unique
    if "mos" in columns and any(row[columns.index("mos")].strip() for row in kept):
        assert sorted(frame["mos"]) == sorted(float(row[columns.index("mos")]) for row in kept)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"image,mos\n" + data)
    try:
        assert len(open_dataset("manifest", path, require_images=False).frame) > 0
    except UserError as error:
        assert "manifest.csv" in str(error)  # noqa: PT017  either outcome is right


def test_a_manifest_may_not_be_called_as_a_released_set(tmp_path: Path, paint: Callable[..., Path]) -> None:
    for name in ("a.png", "b.png"):
        paint(tmp_path / "qads" / name)
    folder = manifest(tmp_path / "qads", "image,mos\na.png,3\nb.png,4\n")
    with pytest.raises(DataError, match=r"'qads', which is another data set .* in its card\.toml"):
        open_dataset("manifest", folder)
    (folder / "card.toml").write_text('name = "my-qads"\n')
    assert open_dataset("manifest", folder).card.name == "my-qads"


@given(st.lists(st.text("ab.", min_size=1, max_size=5), min_size=1, max_size=3))
def test_a_suffix_is_what_pathlib_takes_for_one(parts: list[str]) -> None:
    # A dot at the end is a suffix to some versions of Python.
    path = "/".join(part for part in parts if part.strip(".") and not part.endswith("."))
    if path:
        assert _without_suffix(path) == str(PurePosixPath(path).with_suffix(""))
