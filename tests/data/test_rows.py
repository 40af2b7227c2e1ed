"""Cells of CSV files as spreadsheets write them: every reader takes them, or says in one message what it found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from inprocess import run_here

from iqabench._util.errors import DataError
from iqabench.data.open import open_dataset
from iqabench.data.rows import read_csv
from iqabench.data.splits import load_split
from iqabench.predict.pairs import pair_images

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
CELLS = {
    "comma": lambda text: text,
    "semicolon": lambda text: text.replace(",", ";").replace(".", ","),
    "tab": lambda text: text.replace(",", "\t").replace(".", ","),
    "named": lambda text: "sep=;\n" + text.replace(",", ";").replace(".", ","),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "old mac": lambda text: text.replace("\n", "\r"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shape", CELLS)
def test_every_shape_gives_the_same_numbers(tmp_path: Path, shape: str, encoding: str) -> None:
    (tmp_path / "m.csv").write_bytes(CELLS[shape]("image,mos\na,3.25\nb,-1.5e1\n").encode(encoding))
    assert open_dataset("manifest", tmp_path / "m.csv", require_images=False).frame["mos"].tolist() == [3.25, -15.0]


def test_every_reader_takes_semicolons(tmp_path: Path, paint: Callable[..., Path]) -> None:
    for name in ("images/x/c.png", "images/y/c.png", "images/LR/c.png"):
        paint(tmp_path / name)
    (tmp_path / "votes.csv").write_text("content;method_a;method_b;votes_a;votes_b\nc;x;y;0,25;0,75\n")
    votes = open_dataset("votes", tmp_path).votes
    assert votes is not None
    assert votes[["votes_a", "votes_b"]].to_numpy().tolist() == [[0.25, 0.75]]
    (tmp_path / "pairs.csv").write_text("restored;degraded\nimages/x/c.png;images/LR/c.png\n")
    assert len(pair_images(str(tmp_path / "pairs.csv")).rows) == 1
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "contents.csv").write_text("content;part\nc;train\nd;validate\n")
    assert load_split("x", tmp_path / "split").contents == {"c": "train", "d": "validate"}
    (tmp_path / "Train_Label").mkdir()
    (tmp_path / "Train_Label" / "A0001.txt").write_text("A0001_00_00.bmp;1520,5\nA0001_00_01.bmp;1400,25\n")
    frame = open_dataset("pipal", tmp_path, require_images=False).frame
    assert frame["mos"].tolist() == [1520.5, 1400.25]


def test_the_command_scores_pairs_of_a_spreadsheet(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a.png", 96, 96)
    (tmp_path / "s.csv").write_bytes("restored;degraded\r\na.png;a.png\r\n".encode("utf-16"))
    done = run_here("score", tmp_path / "s.csv", "--method", "psnr", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "a.png,a,,100.0" in done.stdout


def test_a_name_with_a_comma_needs_no_quotes_between_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("image;mos;note, if any\na,b.png;1;x\n")
    assert read_csv(path, ["image"]).rows[0].cells["image"] == "a,b.png"


def test_lines_are_counted_with_the_line_that_names_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sep=;\nimage;mos\na;1;2\n")
    with pytest.raises(DataError, match="line 3: 3 cells"):
        read_csv(path, ["image"])
