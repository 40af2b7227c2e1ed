"""``iqabench.score_table``: folders and lists as the command has them, and what a notebook shows."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inprocess import run_here
from PIL import Image

import iqabench
from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get


def test_folders_give_what_the_command_prints(place: Path) -> None:
    words = [str(place / name) for name in ("restored", "degraded", "pristine")]
    found = iqabench.score_table(Path(words[0]), words[1], "psnr,sharpness", pristine=words[2], quiet=True)
    printed = run_here("score", *words[:2], "--pristine", words[2], "--method", "psnr,sharpness", "--format", "csv")
    assert found.table("csv") == printed.stdout
    assert found.frame["psnr@pristine"].notna().all()
    assert found.better == {"psnr@degraded": 1, "psnr@pristine": 1, "sharpness": 1}
    assert found.algorithms is not None
    assert set(found.algorithms.index) == {"blur", "bicubic", "sharp"}
    assert (found.problems, found.warnings) == ((), ())
    assert str(found) == found.table("text")


def test_lists_of_images_and_of_methods(place: Path) -> None:
    degraded = Image.open(place / "degraded" / "chelsea.png")
    restored = [np.asarray(Image.open(place / "restored" / one / "chelsea.png")) for one in ("blur", "sharp", "sharp")]
    blur = iqabench.create_method("gmsd")
    found = iqabench.score_table(restored, degraded, ["psnr", blur], quiet=True)
    assert found.better == {"psnr": 1, "gmsd": -1}
    by_name = found.frame.set_index("image")
    assert by_name["psnr"]["restored[0]"] == pytest.approx(iqabench.score(restored[0], degraded, "psnr"), abs=1e-5)
    assert by_name["psnr_rank"]["restored[1]"] == by_name["psnr_rank"]["restored[2]"]


@pytest.mark.skipif(find_spec("pyiqa") is not None, reason="pyiqa is installed")
def test_a_method_whose_library_is_missing_costs_only_itself(place: Path, tmp_path: Path) -> None:
    words = [str(place / name) for name in ("restored", "degraded")]
    found = iqabench.score_table(*words, "psnr,pyiqa:musiq", quiet=True)
    assert found.frame["psnr"].notna().all()
    assert found.problems == (f"pyiqa:musiq: {found.problems[0].removeprefix('pyiqa:musiq: ')}",)
    files = {option: tmp_path / f"scores{option}" for option in ("--csv", "--html", "--junit")}
    more = [word for option, file in files.items() for word in (option, str(file))]
    printed = run_here("score", *words, "--method", "psnr,pyiqa:musiq", *more, "--fail-under", "psnr=0", "--no-maps")
    assert printed.returncode == 2
    assert "psnr" in printed.stdout
    assert f"error: pyiqa:musiq: pyiqa is not installed: {how_to_get('zoo')}" in " ".join(printed.stderr.split())
    assert all(file.stat().st_size for file in files.values())
    with pytest.raises(UserError, match="there is no method 'musik'"):
        iqabench.score_table(*words, "psnr,musik", quiet=True)


def test_a_notebook_shows_tables_and_what_went_wrong(place: Path) -> None:
    (place / "restored" / "sharp" / "chelsea.png").write_bytes(b"nothing")
    (place / "restored" / "blur" / "chelsea.png").rename(place / "restored" / "blur" / "<b>chelsea.png")
    found = iqabench.score_table(str(place / "restored"), methods=["sharpness", "psnr"], quiet=True)
    page = found._repr_html_()
    assert page.startswith('<div class="iqabench"><style>')
    assert "psnr compares with a reference" in page
    assert "blur/&lt;b&gt;chelsea.png" in page
    assert "sharpness ↑" in page
    assert "sharp/chelsea.png" in page
    assert len(found.problems) == 2


def test_an_evaluation_shows_its_leaderboard(tmp_path: Path) -> None:
    page = iqabench.evaluate(["psnr", "ssim"], results=tmp_path, quiet=True)._repr_html_()
    assert page.count("<table") == 1
    assert "SRCC" in page
    assert "ssim" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", None, "psnr"), "no such restored file"),
        (([np.zeros((8, 8, 3), np.uint8)] * 3, [np.zeros((8, 8, 3), np.uint8)] * 2, "psnr"), "3 restored images and 2"),
        ((".", np.zeros((8, 8, 3), np.uint8), "psnr"), "give paths for all, or lists for all"),
        (([], None, "sharpness"), "no restored image is given"),
        (([np.zeros((8, 8, 3), np.uint8)], None, "pnsr"), "Did you mean psnr"),
        (([np.zeros((8, 8, 3), np.uint8)], None, []), "methods names none"),
    ],
)
def test_what_cannot_be_is_one_message(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        iqabench.score_table(*arguments, quiet=True)


def test_files_in_a_list_have_their_names(place: Path) -> None:
    files = [place / "restored" / one / "chelsea.png" for one in ("blur", "sharp")]
    degraded = place / "degraded" / "chelsea.png"
    alone = iqabench.score_table(files[:1], degraded, "psnr", quiet=True).frame
    assert alone[["image", "content"]].values.tolist() == [["chelsea.png", "chelsea.png"]]
    both = iqabench.score_table(files, degraded, "psnr", quiet=True).frame
    assert set(both["image"]) == {str(file) for file in files}
