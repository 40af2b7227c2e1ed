from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iqabench._util.errors import DataError, UserError
from iqabench.data.base import Dataset
from iqabench.data.fingerprint import fingerprint
from iqabench.data.open import open_dataset
from iqabench.data.pipal import read_label_file

CONTENTS = ("A0001", "A0007")
VARIANTS = ("00_00", "03_05", "04_12", "06_01")


def label(root: Path, folder: str = "Train_Label") -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    for row, content in enumerate(CONTENTS):
        lines = [f"{content}_{v}.bmp,{1400 + 10 * row + i}.25\n" for i, v in enumerate(VARIANTS)]
        (root / folder / f"{content}.txt").write_text("".join(lines))


def place(root: Path, paint: Callable[..., Path], layout: str) -> None:
    """Lay the same tiny PIPAL out in one of the ways in which people have it."""
    label(root)
    for content in CONTENTS:
        paint(root / {"one": "all"}.get(layout, "Train_Ref") / f"{content}.bmp")
        for number, variant in enumerate(VARIANTS):
            folder = {"one": "all", "parts": f"Distortion_{number + 1}", "dist": "Train_Dist"}[layout]
            paint(root / folder / f"{content}_{variant}.bmp")
            paint(root / {"one": "all"}.get(layout, "Train_Degraded") / f"ref_{content}_{variant}.bmp")


@pytest.mark.parametrize("layout", ["dist", "parts", "one"])
def test_every_layout_is_one_dataset(tmp_path: Path, paint: Callable[..., Path], layout: str) -> None:
    place(tmp_path / "given", paint, layout)
    place(tmp_path / "other", paint, "dist")
    dataset = open_dataset("pipal", tmp_path / "given")
    assert len(dataset.frame) == 6
    row = dataset.frame.iloc[1]
    assert (row["image_id"], row["content"], row["algorithm"], row["category"], row["task"], row["mos"]) == (
        "A0001_03_05",
        "A0001",
        "03_05",
        "03",
        "SR",
        1401.25,
    )
    assert Path(row["image"]).name == "A0001_03_05.bmp"
    assert Path(row["degraded"]).name == "ref_A0001_03_05.bmp"
    assert Path(row["pristine"]).name == "A0001.bmp"
    assert dataset.references_present() == ("degraded", "pristine")
    assert dataset.default_split == "50-39-draw0"
    assert dataset.card.mos_range == (900, 1900)
    assert fingerprint(dataset) == fingerprint(open_dataset("pipal", tmp_path / "other"))


def said(dataset: Dataset) -> str:
    return " | ".join(dataset.notes)


def test_distortions_are_left_out_unless_asked_for(tmp_path: Path, paint: Callable[..., Path]) -> None:
    place(tmp_path, paint, "dist")
    assert "categories left out: 06 (traditional distortions)" in said(open_dataset("pipal", tmp_path))
    every = open_dataset("pipal", tmp_path, categories=("03", "06"))
    assert every.frame["algorithm"].tolist() == ["03_05", "06_01"] * 2
    with pytest.raises(UserError, match="no category 07; use 00"):
        open_dataset("pipal", tmp_path, categories=("07",))


def test_without_references_a_note_offers_made_ones(tmp_path: Path, paint: Callable[..., Path]) -> None:
    place(tmp_path, paint, "dist")
    for file in (tmp_path / "Train_Degraded").iterdir():
        file.unlink()
    dataset = open_dataset("pipal", tmp_path)
    assert dataset.frame["degraded"].tolist() == [None] * 6
    assert "--references lr-x4" in said(dataset)
    assert dataset.references_present() == ("pristine",)


def test_missing_images_are_counted_but_their_paths_kept(tmp_path: Path, paint: Callable[..., Path]) -> None:
    place(tmp_path, paint, "dist")
    for name in ("Train_Dist/A0001_03_05.bmp", "Train_Degraded/ref_A0007_00_00.bmp"):
        (tmp_path / name).unlink()
    with pytest.raises(DataError, match=r"A0001_03_05\.bmp \(row A0001_03_05\) is missing; 2 files are missing in all"):
        open_dataset("pipal", tmp_path)
    dataset = open_dataset("pipal", tmp_path, require_images=False)
    assert dataset.frame["image"].iloc[1] == str(tmp_path / "Train_Dist/A0001_03_05.bmp")


def test_labels_alone_suffice_for_splits(tmp_path: Path) -> None:
    label(tmp_path, "Train_Labels")
    dataset = open_dataset("pipal", tmp_path, require_images=False)
    assert dataset.has_mos
    assert dataset.references_present() == ()
    assert "no pristine images" in said(dataset)


def test_linked_folders_are_followed_and_loops_end(tmp_path: Path, paint: Callable[..., Path]) -> None:
    place(tmp_path / "disk", paint, "dist")
    label(tmp_path / "root")
    (tmp_path / "root" / "images").symlink_to(tmp_path / "disk", target_is_directory=True)
    (tmp_path / "disk" / "back").symlink_to(tmp_path / "root", target_is_directory=True)
    assert len(open_dataset("pipal", tmp_path / "root").frame) == 6


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A0001_00_00.bmp,1500\nA0002_00_01.bmp,1500\n", "line 2: 'A0002_00_01.bmp' is no image of this content"),
        ("A0001_00_00.bmp,1500\n\nA0001_00_00.bmp,1501\n", "line 3: A0001_00_00.bmp is already on line 1"),
        ("A0001_00_00.bmp,15OO\n", "line 1: Elo score '15OO' is not a number"),
        ("A0001_00_00.bmp,nan\n", "line 1: Elo score 'nan' is not a number"),
        ("A0001_00_00.bmp,1e999\n", "is not a number"),
        ("A0001_00_00.bmp\n", "line 1: Elo score '' is not a number"),
        ("A0001_09_00.bmp,1500\n", "line 1: 'A0001_09_00.bmp'"),
        ("A0001_00_00.bmp 1500\n", "line 1: "),
        ("\n \n", "the file is empty"),
    ],
)
def test_wrong_label_lines_are_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "Train_Label").mkdir()
    path = tmp_path / "Train_Label" / "A0001.txt"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        open_dataset("pipal", tmp_path, require_images=False)
    assert str(caught.value).startswith(f"{path}")
    assert problem in str(caught.value)


def test_no_labels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no label files A0001"):
        open_dataset("pipal", tmp_path)
    (tmp_path / "A0001.txt").write_bytes(b"A0001_00_00.bmp,\xff\n")
    with pytest.raises(DataError, match=r"A0001\.txt: not UTF-8 text"):
        open_dataset("pipal", tmp_path)


LINE = st.one_of(
    st.builds("A0001_{:02d}_{:02d}.bmp,{}".format, st.integers(0, 7), st.integers(0, 30), st.floats(0, 2000)),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=30),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINE, max_size=6), ending=st.sampled_from(["\n", "\r\n"]))
def test_any_label_file_is_read_right_or_refused(tmp_path: Path, lines: list[str], ending: str) -> None:
    path = tmp_path / "A0001.txt"
    path.write_bytes(ending.join(lines).encode())
    try:
        labels = read_label_file(path)
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017  either outcome is right
        return
    given_lines = [line.strip() for line in "\n".join(lines).split("\n") if line.strip()]
    assert [(f"{c}_{bb}_{cc}.bmp", elo) for c, bb, cc, elo in labels] == [
        (line.split(",")[0].strip(), float(line.split(",")[1]))
        for line in (text.lstrip("\ufeff") for text in given_lines)
    ]


def hub(root: Path, paint: Callable[..., Path], header: str, scale: Callable[[int], str]) -> Path:
    """The archive of the hub: images in PIPAL/Dist_Imgs and PIPAL/Train_Ref, labels in one table."""
    rows = []
    for content in CONTENTS:
        paint(root / "PIPAL" / "Train_Ref" / f"{content}.bmp")
        for number, variant in enumerate(VARIANTS):
            paint(root / "PIPAL" / "Dist_Imgs" / f"{content}_{variant}.bmp")
            rows.append(f"{content}.bmp,{content}_{variant}.bmp,{scale(number)},train\n")
    (root / "meta_info_PIPALDataset.csv").write_text(f"hq_name,dist_name,{header},official_split\n" + "".join(rows))
    return root


def test_the_hubs_archive_is_read_with_elo_scores(tmp_path: Path, paint: Callable[..., Path]) -> None:
    dataset = open_dataset("pipal", hub(tmp_path, paint, "elo_score", lambda n: f"{1400 + n}.5"))
    assert dataset.frame["mos"].tolist() == [1400.5, 1401.5, 1402.5] * 2
    assert dataset.references_present() == ("pristine",)


def test_the_hubs_archive_is_the_release_once_its_labels_lie_beside_it(
    tmp_path: Path, paint: Callable[..., Path]
) -> None:
    root = hub(tmp_path / "hub", paint, "mos", lambda n: f"0.{n}")
    label(root)
    place(tmp_path / "release", paint, "dist")
    shutil.rmtree(tmp_path / "release" / "Train_Degraded")
    assert fingerprint(open_dataset("pipal", root)) == fingerprint(open_dataset("pipal", tmp_path / "release"))


@pytest.mark.parametrize("header", ["mos", "elo_score"])
def test_scaled_labels_of_the_hub_are_read_as_what_they_are(
    tmp_path: Path, paint: Callable[..., Path], header: str
) -> None:
    root = hub(tmp_path / "hub", paint, header, lambda n: f"0.{n}")
    dataset = open_dataset("pipal", root)
    assert dataset.card.mos_range == (0.0, 1.0)
    assert dataset.card.label_version == "scaled to [0, 1]"
    assert "scaled to [0, 1]" in dataset.card.description
    (said,) = [note for note in dataset.notes if note.startswith("labels are scaled to [0, 1]")]
    assert f"put the release's folder Train_Label (A0001.txt, ..., 200 files) into {root}" in said
    assert "https://" in said
    label(root)
    released = open_dataset("pipal", root)
    assert released.card.mos_range == (900.0, 1900.0)
    assert not [note for note in released.notes if note.startswith("labels are scaled")]
    assert fingerprint(released) != fingerprint(dataset)


@pytest.mark.parametrize(
    ("header", "scale", "said"),
    [
        ("other", lambda n: "0.1", "no column elo_score or mos"),
        ("mos", lambda n: "0.5" if n else "1400", "line 3: mos 0.5 is not within 900 to 1900, as the scores of the"),
        ("mos", lambda n: "1400" if n else "0.5", "line 3: mos 1400 is not within 0 to 1"),
        ("mos", lambda n: "55", "line 2: mos 55 is not within 900 to 1900, as the scores of the release are"),
    ],
)
def test_other_labels_of_the_hub_are_refused(
    tmp_path: Path, paint: Callable[..., Path], header: str, scale: Callable[[int], str], said: str
) -> None:
    with pytest.raises(DataError, match=said) as caught:
        open_dataset("pipal", hub(tmp_path, paint, header, scale))
    assert "put the release's folder Train_Label" in str(caught.value)
