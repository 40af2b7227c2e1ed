"""Photographs, recipes and plugins that ``iqabench synthesize`` cannot use: exit code 2, one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from synthesizing import RECIPE, draw_photograph, write_photographs


def refused(outcome, *words: str) -> None:
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    message = " ".join(outcome.err.split())
    for word in words:
        assert word in message, message


def test_missing_folder(synthesize, tmp_path: Path) -> None:
    refused(synthesize(tmp_path / "made", photos=tmp_path / "nowhere"), "nowhere", "is not a folder")


def test_empty_folder(synthesize, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(synthesize(tmp_path / "made", photos=tmp_path / "empty"), "holds no photographs")
    assert not (tmp_path / "made").exists()


def test_too_small_photographs(synthesize, tmp_path: Path) -> None:
    refused(synthesize(tmp_path / "made", "--size", "96"), "none of the 5 photographs is at least 96x96")


def test_one_small_photograph_is_left_out_and_said(synthesize, photos: Path, tmp_path: Path) -> None:
    Image.fromarray(draw_photograph(9, 40, 200)).save(photos / "flat.png")
    outcome = synthesize(tmp_path / "made")
    assert outcome.code == 0
    assert "flat.png: 200x40 is smaller than 48; left out" in " ".join(outcome.err.split())
    assert "5 contents" in outcome.out


def test_unreadable_photograph(synthesize, photos: Path, tmp_path: Path) -> None:
    (photos / "scene1.png").write_bytes((photos / "scene1.png").read_bytes()[:500])
    refused(synthesize(tmp_path / "made"), "scene1.png", "truncated or damaged")


def test_single_photograph(synthesize, tmp_path: Path) -> None:
    photos = write_photographs(tmp_path / "one", 1)
    refused(synthesize(tmp_path / "made", photos=photos), "both parts need a photograph of their own")


def test_two_photographs_of_one_name(synthesize, photos: Path, tmp_path: Path) -> None:
    Image.fromarray(draw_photograph(9)).save(photos / "scene0.jpg")
    refused(synthesize(tmp_path / "made"), "would both be called scene0")


def test_folder_of_something_else(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    refused(synthesize(out), "was not made by this command")
    assert (out / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('steps = ["bicubic"]', 'steps = ["bicubik"]', ("no restorer 'bicubik'", "Did you mean bicubic")),
        ("strength = 1.0", "power = 1.0", ("invented-texture has no setting 'power'", "strength")),
        ('on = "bic2"', 'on = "fog"', ("algorithm 4 (00_10)", "no degradation 'fog'", "bic2")),
        ('code = "00_10"', 'code = "00_00"', ("two algorithms have the code 00_00",)),
        ('code = "00_10"', 'code = "99_00"', ("99_00", "the code must be a category")),
        (
            'part = "validate"',
            'part = "test"',
            ("4 (00_10): part must be 'train' or 'validate', not 'test'",),
        ),
        ('part = "validate"', 'part = "train"', ("0 algorithms are left in the part 'validate'",)),
        ('steps = ["lanczos"]', 'steps = ["unsharp"]', ("00_10", "exactly one step that enlarges")),
        ('steps = ["lanczos"]', 'steps = ["espcn"]', ("espcn cannot enlarge by 2",)),
        ('steps = ["lanczos"]', "steps = []", ("algorithm 4 (00_10): steps is empty",)),
        ("psnr = 0.5", "psnrr = 0.5", ("no method 'psnrr'",)),
        ("psnr = 0.5", "psnr = -1", ("labels.metrics.psnr must be above 0, not -1",)),
        ('rule = "rank"', 'rule = "vote"', ("labels.rule must be 'rank' or 'zscore', not 'vote'",)),
        ("size = 48", 'size = "big"', ("size must be a whole number",)),
        ("size = 48", "size = 50", ("size 50 is not a multiple of 4",)),
        ("size = 48", "sise = 48", ("unknown key 'sise'; did you mean 'size'?",)),
        ('steps = ["lanczos"]', "steps = [3]", ("algorithm 4 (00_10), step 1: 3 is no step; write a name",)),
        (
            'with = ["back-projection"]',
            'wiht = ["back-projection"]',
            ("4 (00_10), blend: unknown key 'wiht'",),
        ),
        ("psnr = 0.5", "psnr = '0.5'", ("labels.metrics.psnr must be a number, not '0.5'",)),
        ("[labels]", "x" + ".x" * 400 + " = 1\n[labels]", ("400 dots in one line",)),
        ("[labels]", "[labels", ("not a TOML file",)),
    ],
)
def test_bad_recipe(synthesize, tmp_path: Path, old: str, new: str, words: tuple[str, ...]) -> None:
    assert old in RECIPE
    path = tmp_path / "bad.toml"
    path.write_text(RECIPE.replace(old, new), encoding="utf-8")
    refused(synthesize(tmp_path / "made", recipe=path), *words)
    assert not (tmp_path / "made").exists()


def test_unknown_recipe_and_unwanted_restorer(synthesize, tmp_path: Path) -> None:
    refused(synthesize(tmp_path / "made", recipe="fancy"), "no recipe fancy", "standard")
    refused(synthesize(tmp_path / "made", "--without", "sharpener"), "no restorer 'sharpener'")
