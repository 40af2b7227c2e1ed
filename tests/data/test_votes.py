from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from iqabench._util.errors import DataError
from iqabench.data.images import read_image
from iqabench.data.open import open_dataset

HEADER = "content,method_a,method_b,votes_a,votes_b\n"


def place(root: Path, paint: Callable[..., Path], votes: str = "0801,EDSR,SwinIR,3,12\n0802,SwinIR,EDSR,7,8\n") -> Path:
    for content in ("0801", "0802"):
        for method in ("EDSR", "SwinIR"):
            paint(root / "images" / method / f"{content}.png", 16, 24)
        paint(root / "images" / "LR" / f"{content}.png", 4, 6)
    (root / "votes.csv").write_text(HEADER + votes)
    return root


def test_rows_and_votes(tmp_path: Path, paint: Callable[..., Path]) -> None:
    dataset = open_dataset("votes", place(tmp_path / "my votes", paint))
    assert dataset.card.name == "my-votes"
    assert dataset.frame["image_id"].tolist() == ["0801_EDSR", "0801_SwinIR", "0802_EDSR", "0802_SwinIR"]
    assert dataset.frame["content"].tolist() == ["0801", "0801", "0802", "0802"]
    assert dataset.references_present() == ("degraded",)
    assert not dataset.has_mos
    assert dataset.votes is not None
    assert dataset.votes.to_dict("records") == [
        {"content": "0801", "image_id_a": "0801_EDSR", "image_id_b": "0801_SwinIR", "votes_a": 3, "votes_b": 12},
        {"content": "0802", "image_id_a": "0802_SwinIR", "image_id_b": "0802_EDSR", "votes_a": 7, "votes_b": 8},
    ]


@pytest.mark.parametrize(
    ("votes", "problem"),
    [
        ("0801,EDSR,EDSR,1,2\n", "line 2: method_a and method_b are both 'EDSR'"),
        ("0801,EDSR,SwinIR,1,2\n0801,SwinIR,EDSR,2,1\n", "line 3: the pair 0801 SwinIR EDSR is already on line 2"),
        ("0801,EDSR,SwinIR,1,two\n", "line 2: votes_b 'two' is not a number"),
        ("0801,EDSR,SwinIR,-1,2\n", "line 2: votes must not be negative"),
        ("0801,EDSR,SwinIR,0,0\n", "line 2: votes must not be negative, and at least one"),
        ("0803,EDSR,SwinIR,1,2\n", "line 2: no image of content '0803' by method 'EDSR'"),
        ("0801,ESDR,SwinIR,1,2\n", "line 2: no image of content '0801' by method 'ESDR'"),
        ("../x,EDSR,SwinIR,1,2\n", "line 2: content '../x' is no name"),
        ("0801,EDSR,SwinIR,1\n", "line 2: 4 cells, but the header has 5"),
        ("", "has a header but no rows"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, paint: Callable[..., Path], votes: str, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        open_dataset("votes", place(tmp_path, paint, votes))
    assert "votes.csv" in str(caught.value)
    assert problem in str(caught.value)


def test_missing_folders_and_references(tmp_path: Path, paint: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match="images: no such folder"):
        open_dataset("votes", tmp_path)
    place(tmp_path, paint)
    (tmp_path / "images/LR/0802.png").unlink()
    with pytest.raises(DataError, match=r"LR/0802\.png \(row 0802_EDSR\) is missing\."):
        open_dataset("votes", tmp_path)
    (tmp_path / "images/LR/0801.png").unlink()
    assert "no degraded references" in open_dataset("votes", tmp_path).notes[0]


def test_one_content_in_two_formats_is_refused(tmp_path: Path, paint: Callable[..., Path]) -> None:
    place(tmp_path, paint)
    paint(tmp_path / "images/EDSR/0801.bmp")
    with pytest.raises(DataError, match="are one content twice"):
        open_dataset("votes", tmp_path)


@pytest.mark.skipif("IQABENCH_TEST_DATA" not in os.environ, reason="needs IQABENCH_TEST_DATA with sr-votes")
def test_real_votes() -> None:
    dataset = open_dataset("votes", Path(os.environ["IQABENCH_TEST_DATA"]) / "sr-votes")
    assert len(dataset.frame) == 40
    assert dataset.votes is not None
    assert len(dataset.votes) == 60
    assert (dataset.votes["votes_a"] + dataset.votes["votes_b"] == 15).all()
    row = dataset.frame.iloc[0]
    assert read_image(row["image"]).shape == (676, 1020, 3)
    assert read_image(row["degraded"]).shape == (169, 255, 3)


def test_single_choices_are_read_and_checked(tmp_path: Path, paint: Callable[..., Path]) -> None:
    root = place(tmp_path / "v", paint)
    header = "judge,content,method_a,method_b,choice\n"
    (root / "choices.csv").write_text(header + "Ann,0801,EDSR,SwinIR,similar\nBob,0802,SwinIR,EDSR,a\n")
    choices = open_dataset("votes", root).choices
    assert choices is not None
    assert choices.to_numpy().tolist() == [
        ["Ann", "0801", "0801_EDSR", "0801_SwinIR", "similar"],
        ["Bob", "0802", "0802_SwinIR", "0802_EDSR", "a"],
    ]
    for line, problem in (
        ("Ann,0801,EDSR,SwinIR,both", "line 2: choice 'both'"),
        ("Ann,0803,EDSR,SwinIR,a", "line 2: votes.csv has no vote on content '0803' by 'EDSR'"),
    ):
        (root / "choices.csv").write_text(header + line + "\n")
        with pytest.raises(DataError) as caught:
            open_dataset("votes", root)
        assert problem in str(caught.value)
