from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iqabench._util.errors import SplitError, StorageError
from iqabench.cli.data import data
from iqabench.data.splits import load_split


def call(*arguments: object) -> Result:
    return CliRunner().invoke(data, [str(a) for a in arguments], terminal_width=200, env={"COLUMNS": "200"})


@pytest.fixture
def root(tmp_path: Path, paint: Callable[..., Path]) -> Path:
    rows = []
    for content in range(8):
        for algorithm in range(5):
            paint(tmp_path / f"[bold]c{content}_{algorithm}.png")
            rows.append(f"[bold]c{content}_{algorithm}.png,c{content},a{algorithm},{content + algorithm}\n")
    (tmp_path / "manifest.csv").write_text("image,content,algorithm,mos\n" + "".join(rows))
    return tmp_path


def test_check_is_clean(root: Path) -> None:
    result = call("check", "--dataset", "manifest", "--root", root)
    assert result.exit_code == 0
    assert "0 errors, 0 warnings" in result.output


def test_check_groups_equal_faults_and_writes_all(root: Path, tmp_path: Path) -> None:
    for file in root.glob("*.png"):
        file.write_bytes(b"")
    extra = "".join(f"absent{i}.png,c0,b{i},{i}\n" for i in range(20))
    with (root / "manifest.csv").open("a") as stream:
        stream.write(extra)
    result = call("check", "--dataset", "manifest", "--root", root, "--csv", tmp_path / "all.csv")
    assert result.exit_code == 2
    assert "60 errors, 0 warnings" in result.output
    assert result.output.count("the file is empty (40 times); copy or download it again") == 1
    assert result.output.count("and 37 more") == 1
    assert result.output.count("the file is missing (20 times)") == 1
    assert "[bold]c0_0.png" in result.output
    with (tmp_path / "all.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60
    assert rows[0]["problem"] == "the file is empty"
    assert rows[0]["advice"] == "copy or download it again"


def test_check_of_an_unwritable_csv(root: Path) -> None:
    result = call("check", "--dataset", "manifest", "--root", root, "--csv", root / "manifest.csv" / "such.csv")
    assert isinstance(result.exception, StorageError)
    assert "cannot be written" in str(result.exception)


def test_card(root: Path) -> None:
    (root / "card.toml").write_text('name = "mine"\nlicence = "CC0 [1]"\n')
    result = call("card", "--dataset", "manifest", "--root", root)
    assert result.exit_code == 0
    for line in (("name", "mine"), ("licence", "CC0 [1]"), ("rows", "40"), ("contents", "8"), ("references", "none")):
        assert any(row.strip().split(maxsplit=1) == list(line) for row in result.output.splitlines()), line


def test_split_is_written_once(root: Path) -> None:
    arguments = ("split", "--dataset", "manifest", "--root", root, "--seed", 7, "--out", root / "mine")
    result = call(*arguments)
    assert result.exit_code == 0
    assert "21 images train, 2 images validate" in result.output
    split = load_split("manifest", root / "mine")
    assert split.seed == 7
    assert len(split.contents) == 8
    assert isinstance(call(*arguments).exception, SplitError)
