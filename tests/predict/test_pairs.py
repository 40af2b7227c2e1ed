"""Words of a command line become pairs by stated rules, or one message says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.predict.matching import DegradedNames
from iqabench.predict.pairs import Pairs, pair_images


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)
    return path


def said(pairs: Pairs) -> list[tuple[str, str, str, str]]:
    columns = ["image_id", "degraded", "content", "algorithm"]
    rows = pairs.rows[columns].to_numpy().tolist()
    return [(one, Path(two).name if two else "", three, four) for one, two, three, four in rows]


@pytest.mark.parametrize(
    ("restored", "degraded", "expected"),
    [
        ("baby.png", ["baby.png", "bird.png"], ("baby.png", "", False)),
        ("SwinIR/baby.png", ["baby.jpg"], ("baby.jpg", "SwinIR", False)),
        ("SwinIR/set5/baby.png", ["set5/baby.png", "set14/baby.png"], ("set5/baby.png", "SwinIR", False)),
        ("set5/baby.png", ["set5/baby.png", "set14/baby.png"], ("set5/baby.png", "", False)),
        ("baby_SwinIR.png", ["baby.png"], ("baby.png", "SwinIR", True)),
        ("x/baby_x4_SwinIR.png", ["baby.png", "baby_x4.png"], ("baby_x4.png", "x/SwinIR", True)),
        ("img_1.png", ["img.png", "img_1.png"], ("img_1.png", "", False)),
        ("0801.png", ["0801x4.png"], ("0801x4.png", "", False)),
        ("0801x4_out.png", ["0801x4.png"], ("0801x4.png", "out", True)),
        ("babyface.png", ["baby.png"], None),
    ],
)
def test_names(restored: str, degraded: list[str], expected: tuple[str, str, bool] | None) -> None:
    assert DegradedNames(degraded).match(restored) == expected


def test_two_that_fit_equally_well_are_named() -> None:
    with pytest.raises(DataError, match=r"a/baby\.png and b/baby\.png .*RESTORED comes first"):
        DegradedNames(["a/baby.png", "b/baby.png"]).match("baby.png")


def test_folders_of_algorithms_against_one_folder(place: Path) -> None:
    found = said(pair_images(str(place / "restored"), str(place / "degraded")))
    assert len(found) == 6
    assert ("sharp/chelsea.png", "chelsea.png", "chelsea", "sharp") in found


def test_the_degraded_folder_may_lie_inside(place: Path) -> None:
    (place / "degraded").rename(place / "restored" / "LR")
    found = said(pair_images(str(place / "restored"), str(place / "restored" / "LR")))
    assert {algorithm for *_, algorithm in found} == {"blur", "bicubic", "sharp"}


def test_folders_of_algorithms_may_be_links(place: Path) -> None:
    (place / "linked").mkdir()
    for algorithm in ("blur", "sharp"):
        (place / "linked" / algorithm).symlink_to(place / "restored" / algorithm)
    (place / "linked" / "LR").symlink_to(place / "degraded")
    found = said(pair_images(str(place / "linked"), str(place / "degraded")))
    assert [row[0] for row in found if row[2] == "chelsea"] == ["blur/chelsea.png", "sharp/chelsea.png"]
    assert len(found) == 4


def test_patterns(place: Path) -> None:
    found = pair_images(str(place / "restored" / "*" / "chel*.png"), str(place / "degraded" / "*.png"))
    assert [row[0] for row in said(found)] == ["bicubic/chelsea.png", "blur/chelsea.png", "sharp/chelsea.png"]
    assert found.notes == ["1 of 2 degraded images has no restored one: astronaut.png"]


def test_one_input_for_all_is_one_content(place: Path) -> None:
    found = said(pair_images(str(place / "restored" / "*" / "chelsea.png"), str(place / "degraded" / "chelsea.png")))
    assert {content for _, _, content, _ in found} == {"chelsea"}
    assert [algorithm for *_, algorithm in found] == ["bicubic/chelsea", "blur/chelsea", "sharp/chelsea"]


def test_two_files(tmp_path: Path) -> None:
    restored, degraded = picture(tmp_path / "any.png"), picture(tmp_path / "other.png")
    assert said(pair_images(str(restored), str(degraded))) == [("any.png", "other.png", "other", "")]


def test_unmatched_images_are_named_and_the_others_kept(place: Path) -> None:
    picture(place / "restored" / "sharp" / "stranger.png")
    found = pair_images(str(place / "restored"), str(place / "degraded"))
    assert len(found.rows) == 6
    assert len(found.problems) == 1
    assert "1 of 7 restored images" in found.problems[0]
    assert "sharp/stranger.png" in found.problems[0]


def test_no_match_at_all_is_one_message(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "one.png")
    picture(tmp_path / "b" / "two.png")
    with pytest.raises(DataError, match=r"one\.png.*two\.png.*restored,degraded"):
        pair_images(str(tmp_path / "a"), str(tmp_path / "b"))


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "one.png")
    picture(tmp_path / "a" / "._one.png")
    picture(tmp_path / "a" / ".trash" / "two.png")
    assert [row[0] for row in said(pair_images(str(tmp_path / "a")))] == ["one.png"]


@pytest.mark.parametrize("word", ["nowhere", "empty", "nowhere/*.png"])
def test_nothing_there(tmp_path: Path, word: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="check the path"):
        pair_images(str(tmp_path / word))


def test_a_csv_of_pairs(tmp_path: Path) -> None:
    picture(tmp_path / "out" / "a.png")
    picture(tmp_path / "in" / "b.png")
    file = tmp_path / "pairs.csv"
    file.write_text("restored,degraded,algorithm,comment\nout/a.png,in/b.png,mine,x\n")
    found = pair_images(str(file))
    assert said(found) == [("out/a.png", "b.png", "in/b", "mine")]
    assert found.notes == ["pairs.csv: columns that mean nothing here are ignored: comment"]
    with pytest.raises(DataError, match="a CSV names the images that belong together"):
        pair_images(str(file), str(tmp_path / "in"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("picture\na.png\n", "lacks the column restored"),
        ("restored\na.png\na.png\n", r"line 3: a.png is already on line 2"),
        ("restored,degraded\n,b.png\n", "line 2: restored is empty"),
        ("restored\n", "no rows"),
    ],
)
def test_a_bad_csv_is_one_message(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        pair_images(str(file))


def test_one_of_several_has_its_verb(tmp_path: Path) -> None:
    for name in ("r/a.png", "r/b.png", "r/lonely.png", "d/a.png", "d/b.png", "d/spare.png"):
        picture(tmp_path / name)
    pairs = pair_images(str(tmp_path / "r"), str(tmp_path / "d"))
    assert pairs.problems[0].startswith("1 of 3 restored images has no degraded image of the same name")
    assert "1 of 3 degraded images has no restored one: spare.png" in pairs.notes
