"""What trips people over released data sets: each reader handles it, or refuses it and says what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import releases
from releases import WRITERS, Pictures
from scipy.io import loadmat, savemat

from iqabench._util.errors import DataError, SplitError, UserError
from iqabench._util.extras import how_to_get
from iqabench.data.check import check_dataset
from iqabench.data.open import open_dataset
from iqabench.data.splits import split_of

Write = Callable[..., Path]
FEW = {"kadid10k": {"contents": 3}, "koniq10k": {"photographs": 40}}
"""How much of a large set suffices where a label file is wrong."""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a made copy of a release and return its folder."""

    def place(name: str, **options: object) -> Path:
        root = tmp_path / name
        root.mkdir()
        writer = WRITERS[name]
        writer(root, Pictures(tmp_path / "pictures"), **options)
        return root

    return place


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Rewrite a text file."""
    path.write_text(change(path.read_text()))


def refused(name: str, root: Path) -> str:
    """What a reader says of a folder that it refuses."""
    with pytest.raises(DataError) as caught:
        open_dataset(name, root)
    return str(caught.value)


def test_tid2013_in_mixed_case_loses_no_image_and_two_of_one_name_are_refused(write: Write) -> None:
    root = write("tid2013")
    names = {Path(path).name for path in open_dataset("tid2013", root).frame["image"]}
    assert {"i01_01_1.bmp", "I03_01_1.BMP"} <= names
    shutil.copy(root / "distorted_images" / "i01_01_1.bmp", root / "distorted_images" / "I01_01_1.BMP")
    assert "have one name but for its case; remove one of them" in refused("tid2013", root)


def test_labels_that_were_turned_are_refused(write: Write) -> None:
    """Some mirrors make DMOS of MOS, or the other way round."""
    turned = "mildest distortions have worse labels than the most severe ones"
    root = write("tid2013")
    edit(
        root / "mos_with_names.txt",
        lambda text: "".join(f"{9 - float(line.split()[0]):.4f} {line.split()[1]}\n" for line in text.splitlines()),
    )
    assert turned in refused("tid2013", root)


def test_kadid_calls_dmos_what_rises_with_quality(write: Write) -> None:
    root = write("kadid10k", contents=3)
    dataset = open_dataset("kadid10k", root, require_images=False)
    assert dataset.card.mos_higher_is_better
    assert "dmos.csv calls its labels DMOS, but they rise with quality: higher is better" in dataset.notes

    def turn(text: str) -> str:
        rows = [line.split(",") for line in text.splitlines()[1:]]
        return "dist_img,ref_img,dmos,var\n" + "".join(f"{a},{b},{6 - float(mos):.3f},{v}\n" for a, b, mos, v in rows)

    edit(root / "dmos.csv", turn)
    assert "in kadid10k higher labels are better, so these have been turned" in refused("kadid10k", root)


def test_csiq_is_read_from_lines_and_a_flat_folder_and_lower_is_better(write: Write) -> None:
    root = write("csiq", sheet=False, flat=True)
    dataset = open_dataset("csiq", root)
    assert (len(dataset.frame), dataset.card.mos_higher_is_better, dataset.ratings) == (866, False, None)
    edit(
        root / "csiq_label.txt",
        lambda text: "".join(f"{name} {1 - float(mos):.3f}\n" for name, mos in map(str.split, text.splitlines())),
    )
    assert "in csiq lower labels are better, so these have been turned" in refused("csiq", root)


def test_the_spreadsheet_and_the_lines_of_csiq_are_one_data_set(write: Write, tmp_path: Path) -> None:
    root = write("csiq")
    frame = open_dataset("csiq", root).frame
    (root / "csiq.DMOS.xlsx").unlink()
    images = [f"{row.image_id}.png {row.mos}\n" for row in frame.itertuples()]
    (root / "csiq_label.txt").write_text("".join(images))
    assert open_dataset("csiq", root).frame.equals(frame)


def test_a_spreadsheet_without_openpyxl_names_the_extra(write: Write, tmp_path: Path) -> None:
    root, packages = write("csiq"), tmp_path / "packages"
    packages.mkdir()
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if "openpyxl" not in one.name:
            (packages / one.name).symlink_to(one)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "iqabench", "data", "card", "--dataset", "csiq", "--root", str(root)],
        env=os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout
    told = " ".join(done.stderr.split())
    assert f"csiq.DMOS.xlsx: reading a spreadsheet needs openpyxl: {how_to_get('datasets')}" in told


def test_live_leaves_its_pristine_images_out_and_prefers_realigned_labels(write: Write) -> None:
    root = write("live")
    flags = loadmat(root / "dmos.mat")["orgs"].ravel()
    dataset = open_dataset("live", root)
    assert (len(dataset.frame), int(flags.sum())) == (779, 203)
    assert dataset.frame["mos"].min() > 0
    assert "203 rated images are pristine ones and left out" in dataset.notes
    assert dataset.card.label_version == "realigned"
    (root / "dmos_realigned.mat").unlink()
    first = open_dataset("live", root)
    assert first.card.label_version == "first"
    assert (first.frame["mos"] - dataset.frame["mos"]).round(6).tolist() == [1.0] * 779
    assert any("the authors recommend dmos_realigned.mat" in note for note in first.notes)
    savemat(root / "dmos.mat", {"dmos": np.zeros((1, 900)), "orgs": np.zeros((1, 900))})
    assert "dmos holds 900 numbers, not 982" in refused("live", root)


def test_live_without_its_flags_or_turned_is_refused(write: Write) -> None:
    root = write("live")
    file = root / "dmos_realigned.mat"
    held = {name: value for name, value in loadmat(file).items() if not name.startswith("__")}
    savemat(file, held | {"orgs": held["orgs"] * 0})
    assert "orgs calls 0 of 982 rated images pristine, in LIVE it is 203" in refused("live", root)
    savemat(file, held | {"orgs": held["orgs"][:, ::-1]})
    assert "dmos_realigned.mat and dmos.mat: their orgs contradict each other on " in refused("live", root)
    savemat(file, held | {"dmos_new": 100 - held["dmos_new"]})
    told = refused("live", root)
    assert "the pristine images have worse labels than the distorted ones; in live lower labels are better" in told
    savemat(file, held | {"dmos_new": held["dmos_new"] / 100})
    assert "all 779 labels lie between 0.15 and " in refused("live", root)


def scale_lines(path: Path, at: int, by: float, separator: str = " ") -> None:
    """Divide the number at one place of each line."""

    def scaled(line: str) -> str:
        words = line.split(separator)
        return separator.join([*words[:at], f"{float(words[at]) / by:.5f}", *words[at + 1 :]])

    edit(path, lambda text: "".join(f"{scaled(line)}\n" for line in text.splitlines()))


@pytest.mark.parametrize(
    ("name", "file", "at", "by", "high"),
    [
        ("tid2013", "mos_with_names.txt", 0, 9, 9),
        ("qads", "mos_with_names.txt", 0, 10, 1),
        ("csiq", "csiq_label.txt", 1, 10, 1),
    ],
)
def test_labels_that_were_scaled_within_the_range_are_refused(
    write: Write, name: str, file: str, at: int, by: float, high: int
) -> None:
    root = write(name, **({"sheet": False} if name == "csiq" else {}))
    scale_lines(root / file, at, by)
    assert f"those of {name} spread over more than a quarter of 0 to {high}" in refused(name, root)


def test_scaled_mos_of_live_challenge_are_refused(write: Write) -> None:
    root = write("live-challenge")
    file = root / "Data" / "AllMOS_release.mat"
    savemat(file, {"AllMOS_release": loadmat(file)["AllMOS_release"] / 100})
    assert "those of live-challenge spread over more than a quarter of 0 to 100" in refused("live-challenge", root)


def test_scaled_mos_of_sriqa_bench_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "set"
    releases.write_sriqa_bench(root, Pictures(tmp_path / "pictures"), contents=10, judges="")
    for file in (root / "MOS").glob("*.txt"):
        scale_lines(file, 2, 100, ",")
    assert "those of sriqa-bench spread over more than a quarter of 0 to 100" in refused("sriqa-bench", root)


def test_koniq_on_its_other_scale_is_refused(write: Write) -> None:
    root = write("koniq10k", photographs=40)
    labels = root / "koniq10k_distributions_sets.csv"
    text = labels.read_text()

    def scaled(line: str) -> str:
        cells = line.split(",")
        return ",".join([*cells[:7], f"{1 + float(cells[7]) / 25:.3f}", *cells[8:]])

    head, *rows = text.splitlines()
    labels.write_text("\n".join([head, *map(scaled, rows)]))
    assert "no MOS is above 5, so these are on the scale 1 to 5" in refused("koniq10k", root)
    labels.rename(root / "koniq10k_scores_and_distributions.csv")
    told = refused("koniq10k", root)
    assert "MOS on 1 to 5 and not the official split; get koniq10k_distributions_sets.csv" in told


def test_koniq_in_both_sizes_is_read_in_the_larger(tmp_path: Path) -> None:
    root = tmp_path / "set"
    pictures = Pictures(tmp_path / "pictures")
    for level, size in enumerate(("512x384", "1024x768")):
        pictures.put(root / size / "1.jpg", level)
    (root / "koniq10k_distributions_sets.csv").write_text("image_name,c_total,MOS,SD,set\n1.jpg,105,70,11,test\n")
    dataset = open_dataset("koniq10k", root)
    assert dataset.frame["image"].tolist() == [str(root / "1024x768" / "1.jpg")]
    assert "photographs of 1024x768; the larger of both sizes is read" in dataset.notes
    assert "1 image; the release of koniq10k has 10,073 images" in dataset.notes
    assert check_dataset(dataset) == []


def test_the_first_seven_of_live_challenge_are_left_out(write: Write) -> None:
    root = write("live-challenge")
    frame = open_dataset("live-challenge", root).frame
    assert len(frame) == 1162
    assert not {f"t{n}" for n in range(1, 8)} & set(frame["image_id"])
    savemat(root / "Data" / "AllMOS_release.mat", {"AllMOS_release": np.ones((1, 1162))})
    assert "1162 labels for 1169 photographs" in refused("live-challenge", root)


def test_sriqa_bench_counts_similar_as_half_a_vote_and_keeps_who_chose(tmp_path: Path) -> None:
    root = tmp_path / "set"
    releases.write_sriqa_bench(root, Pictures(tmp_path / "pictures"), contents=2, judges="ABC")
    dataset = open_dataset("sriqa-bench", root)
    assert dataset.choices is not None
    assert dataset.votes is not None
    assert sorted(set(dataset.choices["judge"])) == ["A", "B", "C"]
    similar = dataset.choices[dataset.choices["choice"] == "similar"]
    pair = tuple(similar.iloc[0][["image_id_a", "image_id_b"]])
    votes = dataset.votes.set_index(["image_id_a", "image_id_b"]).loc[pair]
    assert (votes["votes_a"], votes["votes_b"]) == (1.5, 1.5)
    assert (dataset.votes["votes_a"] + dataset.votes["votes_b"] == 3).all()
    # Who is better by MOS has all the votes.
    mos = dataset.frame.set_index("image_id")["mos"]
    for row in dataset.votes.itertuples():
        gap = mos[row.image_id_a] - mos[row.image_id_b]
        assert row.votes_a == (1.5 if gap == 0 else 3 if gap > 0 else 0)
    file = root / "labels" / "A" / "online1" / "online1_Original_BSRGANx4.json"
    rated = next(iter(sorted((root / "labels" / "A" / "online1").glob("*HGGTx4*SwinIRx4*.json"))))
    said = json.loads(rated.read_text())
    said["Picture_01"]["Label"] = "Similar"
    said["Picture_02"]["Label"] = "Positive"
    rated.write_text(json.dumps(said))
    assert "one must be Positive and one Negative, or both Similar" in refused("sriqa-bench", root)
    assert file.is_file()


def test_sriqa_bench_without_single_choices_says_so(tmp_path: Path) -> None:
    root = tmp_path / "set"
    releases.write_sriqa_bench(root, Pictures(tmp_path / "pictures"), contents=5, judges="")
    dataset = open_dataset("sriqa-bench", root)
    assert (dataset.votes, dataset.choices) == (None, None)
    assert any(note.startswith("no choices of single judges") for note in dataset.notes)
    assert any(
        note.startswith("50 images of 5 contents; the release of sriqa-bench has 1,000 images of 100 contents")
        for note in dataset.notes
    )
    assert len(split_of(dataset, "draw3").contents) == 5
    with pytest.raises(SplitError, match=r"no split is called 'draw10'; there are: draw0, draw1"):
        split_of(dataset, "draw10")


def test_qads_needs_the_factor_as_second_field(write: Write) -> None:
    root = write("qads")
    edit(root / "mos_with_names.txt", lambda text: text.replace("img01_02_21.bmp", "img01_21_02.bmp"))
    told = refused("qads", root)
    assert "'img01_21_02.bmp' is no image of QADS" in told
    assert "picture, factor (02, 03 or 04), algorithm" in told


def test_pieapp_leaves_out_pairs_with_the_reference_and_has_no_part_eval(write: Write) -> None:
    root = write("pieapp")
    dataset = open_dataset("pieapp", root)
    assert dataset.votes is not None
    assert len(dataset.votes) == 4200
    assert not any(name.startswith("ref_") for name in dataset.frame["image_id"])
    assert any("40 pairs that nobody was asked about, or with the reference" in note for note in dataset.notes)
    with pytest.raises(UserError, match="PieAPP has no part 'eval'; use test, val, train"):
        open_dataset("pieapp", root, part="eval")
    with pytest.raises(DataError, match=r"labels/train: no label files ref_1_pairwise_labels\.csv"):
        open_dataset("pieapp", root, part="train")


@pytest.mark.parametrize("name", ["live", "live-challenge", "pieapp"])
def test_what_is_left_out_on_purpose_is_not_called_surplus(tmp_path: Path, write: Write, name: str) -> None:
    root = write(name)
    more = Pictures(tmp_path / "more")
    if name == "pieapp":
        more.put(root / "distorted_images" / "train" / "ref_1" / "distort_1_noise_inter_0.png")
    more.put(root / "holiday.png")
    found = [one for one in check_dataset(open_dataset(name, root)) if "same bytes" not in one.problem]
    assert [(Path(one.file).name, one.problem) for one in found] == [("holiday.png", "an image that no row names")]


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "said"),
    [
        (
            "tid2013",
            "mos_with_names.txt",
            "6.01000 I01_01_1.bmp",
            "60.1000 I01_01_1.bmp",
            "line 1: label 60.1 is outside 0 to 9",
        ),
        ("tid2013", "mos_with_names.txt", "I01_01_2.bmp", "I01_01_1.bmp", "line 2: I01_01_1.bmp is already on line 1"),
        (
            "tid2013",
            "mos_with_names.txt",
            "I01_01_1.bmp",
            "J01_01_1.bmp",
            "line 1: 'J01_01_1.bmp' is no image of TID2013",
        ),
        (
            "tid2013",
            "mos_with_names.txt",
            "6.01000 I01_01_1.bmp",
            "I01_01_1.bmp",
            "line 1: 1 words; a line must be a number",
        ),
        ("tid2013", "mos_std.txt", "0.13000\n0.13000\n", "0.13000\n", "2999 deviations for the 3000 labels"),
        (
            "qads",
            "mos_with_names.txt",
            "img01_02_01.bmp",
            "img01_02_01.bmp x",
            "line 1: 3 words; a line must be a number and",
        ),
        (
            "kadid10k",
            "dmos.csv",
            "I01_01_01.png,I01.png",
            "I01_01_01.png,I02.png",
            "line 2: 'I01_01_01.png' of 'I02.png'",
        ),
        ("pieapp", "labels/test/ref_161_pairwise_labels.csv", ",0.6\n", ",6\n", "6 is no share of people, from 0 to 1"),
        ("koniq10k", "koniq10k_distributions_sets.csv", "11.5,training", "11.5,trainning", "line 2: set 'trainning'"),
    ],
)
def test_wrong_lines_are_named(write: Write, name: str, file: str, old: str, new: str, said: str) -> None:
    root = write(name, **FEW.get(name, {}))
    assert old in (root / file).read_text()
    edit(root / file, lambda text: text.replace(old, new, 1))
    told = refused(name, root)
    assert str(root / file) in told
    assert said in told


@pytest.mark.parametrize("name", WRITERS)
def test_the_folder_of_another_set_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "Holidays").mkdir()
    told = refused(name, tmp_path)
    assert "so this is not" in told
    assert "it holds Holidays/" in told
    assert "--root must be the folder that was unpacked" in told


def test_the_folder_around_an_archive_is_found(tmp_path: Path) -> None:
    releases.write_qads(tmp_path / "QADS", Pictures(tmp_path / "pictures"))
    assert len(open_dataset("qads", tmp_path).frame) == 980


def test_a_missing_image_is_counted(write: Write) -> None:
    root = write("qads")
    for name in ("img01_02_01.bmp", "img02_02_01.bmp"):
        (root / "super-resolved_images" / name).unlink()
    told = refused("qads", root)
    assert "img01_02_01.bmp (row img01_02_01) is missing; 2 files are missing in all" in told


@pytest.mark.parametrize("damage", [b"", b"MATLAB 5.0 MAT-file" + bytes(200), b"\x89HDF\r\n"])
def test_a_damaged_label_file_is_named(write: Write, damage: bytes) -> None:
    root = write("live")
    (root / "refnames_all.mat").write_bytes(damage)
    assert "refnames_all.mat: " in refused("live", root)


def test_half_a_spreadsheet_is_named(write: Write) -> None:
    root = write("csiq")
    whole = (root / "csiq.DMOS.xlsx").read_bytes()
    (root / "csiq.DMOS.xlsx").write_bytes(whole[: len(whole) // 2])
    assert "csiq.DMOS.xlsx: not a spreadsheet that can be read" in refused("csiq", root)
