"""What a command line gets wrong is said before anything is computed, with the word that was likely meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from inprocess import run_here

from iqabench._util.text import agreeing, nearest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--methods", "psnr", "--columns", "srcc,foo"), "unknown column 'foo'."),
        (("--methods", "psnr", "--columns", "srrc"), "unknown column 'srrc'; did you mean 'srcc'?"),
        (
            ("--methods", "ssim", "--set", "ssim.downsampel=false"),
            "method ssim has no parameter 'downsampel'; did you mean 'downsample'? it has: ",
        ),
        (("--methods", "gmsd", "--set", "gmsd.t=1"), "method gmsd has no parameter 't'; it has: none"),
        (("--methods", "ssim", "--set", "ssim.downsample=maybe"), "ssim: "),
        (("--methods", "mine"), "A method in a file of your own needs --plugin FILE.py."),
    ],
)
def test_nothing_is_computed_for_a_line_that_cannot_be_had(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run_here("run", *words, "--results", tmp_path / "runs")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.rglob("*.csv"))


@pytest.mark.parametrize(
    ("word", "meant"), [("rnu", "run"), ("tabel", "table"), ("leaderboard", "table"), ("wieghts", "weights")]
)
def test_a_command_that_is_not_there_names_the_one_that_is_meant(word: str, meant: str) -> None:
    done = run_here(word)
    assert done.returncode == 2
    assert f"No such command '{word}'; did you mean '{meant}'?" in done.stderr


def test_swapped_letters_are_what_they_stand_for() -> None:
    assert nearest("gmds", ["mdsi", "gmsd"]) == ["gmsd"]
    assert nearest("lpisp", ["dists", "lpips"]) == ["lpips"]
    assert nearest("zzz", ["psnr"]) == []


def test_verbs_agree_with_what_they_count() -> None:
    assert [agreeing(1, verb) for verb in ("are", "have", "do", "lack")] == ["is", "has", "does", "lacks"]
    assert [agreeing(number, "are") for number in (0, 2)] == ["are", "are"]


def test_an_unknown_column_is_answered_in_a_few_words() -> None:
    done = run_here("run", "--methods", "psnr", "--columns", "nosuch")
    assert "Usual columns: rank, method, paradigm" in done.stderr
    assert "characters left out" not in done.stderr
    assert len(done.stderr) < 500


def test_three_paths_are_three() -> None:
    said = run_here("score", "a", "b", "c").stderr
    assert "3 paths are given (a, b, c), but" in said
    assert "4 paths are given (a, b, c, ...), but" in run_here("score", "a", "b", "c", "d").stderr
