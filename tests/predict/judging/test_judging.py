"""From a page of pairs to a scale: judges with known preferences, a liar, half a file, and files that are no good."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from judging import ALGORITHMS, TRUTH, answers, plan_of, save, write_page, write_restored
from scipy.stats import spearmanr

from iqabench.data.open import open_dataset

ODD = 'Zoë "O\'Neil", <b>&; 志'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_restored(tmp_path_factory.mktemp("judging"))
    write_page(folder)
    write_page(folder, pairs=20, seed=5, name="other.html")
    return folder


def imported(place: Path, out: Path, *files: Path, code: int = 0, more: tuple[object, ...] = ()) -> tuple[str, str]:
    done = run_here("judge", "import", *files, "--page", place / "page.html", "--out", out, *more)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def files(place: Path) -> list[Path]:
    """Four judges answer 50 pairs each: 200 choices with 10 % noise; a fifth lies throughout."""
    plan = plan_of(place / "page.html")
    honest = [
        save(place, answers(plan, judge, seed), f"{seed}.json") for seed, judge in enumerate(("A", "B", ODD, "D"))
    ]
    return [*honest, save(place, answers(plan, "liar", 9, lies=True), "liar.json")]


@pytest.fixture(scope="module")
def told(place: Path, files: list[Path]) -> dict[str, object]:
    out, _ = imported(place, place / "votes", *files, more=("--format", "json"))
    return dict(json.loads(out))


def test_the_scale_is_recovered(told: dict[str, object]) -> None:
    rows = {row["algorithm"]: row for row in told["scale"]}  # type: ignore[attr-defined]
    assert told["choices"] == 200
    for scale in ("bradley_terry", "thurstone"):
        found = [rows[name][scale] for name in ALGORITHMS]
        assert spearmanr(found, [TRUTH[name] for name in ALGORITHMS]).statistic > 0.95
        low, high = ([rows[name][f"{scale}_{end}"] for name in ALGORITHMS] for end in ("low", "high"))
        assert np.all(np.array(low) < found)
        assert np.all(np.array(high) > found)
        low, high = ([rows[name][f"{scale}_judges_{end}"] for name in ALGORITHMS] for end in ("low", "high"))
        assert np.all(np.array(low) <= found)
        assert np.all(np.array(high) >= found)
    assert 0.4 < told["alpha"] < 0.9  # type: ignore[operator]


def test_a_liar_is_left_out_and_honest_judges_stay(told: dict[str, object]) -> None:
    why = {row["judge"]: row["left_out"] for row in told["judges"]}  # type: ignore[attr-defined]
    assert why.pop("liar") == "0 of 6 obvious pairs right, fewer than who slips in 10% of them"
    assert set(why) == {"A", "B", ODD, "D"}
    assert set(why.values()) == {""}


def test_who_presses_one_key_is_left_out(place: Path, files: list[Path], tmp_path: Path) -> None:
    """Obvious pairs right, repeated ones alike, swapped ones not: only the sides tell."""
    plan = plan_of(place / "page.html")
    obvious = {pair.id for pair in plan.pairs if pair.kind == "obvious"}
    said = answers(plan, "lazy", 3)
    said["answers"] = [
        {**one, **({} if one["pair"] in obvious else {"choice": one["left"]})} for one in said["answers"]
    ]
    lazy = save(tmp_path, said, "lazy.json")
    out, _ = imported(place, tmp_path / "v", *files, lazy, more=("--format", "json"))
    why = {row["judge"]: row["left_out"] for row in json.loads(out)["judges"]}
    assert why == {
        **dict.fromkeys(("A", "B", ODD, "D"), ""),
        "lazy": "chose the left image in 50 of 50 pairs, whatever it showed",
        "liar": "0 of 6 obvious pairs right, fewer than who slips in 10% of them",
    }
    more = ("--format", "json", "--side-level", "0")
    assert json.loads(imported(place, tmp_path / "w", *files, lazy, more=more)[0])["choices"] == 250


def test_the_votes_are_a_data_set_that_keeps_similar(place: Path, told: dict[str, object]) -> None:
    data = open_dataset("votes", place / "votes")
    assert data.card.label_kind == "human"
    assert data.references_present() == ("degraded",)
    assert data.votes is not None
    assert data.choices is not None
    assert data.votes[["votes_a", "votes_b"]].to_numpy().sum() == 200
    assert (data.choices["choice"] == "similar").sum() == told["similar"] > 0  # type: ignore[operator]
    assert set(data.choices["judge"]) == {"A", "B", ODD, "D"}
    ties = data.choices[data.choices["choice"] == "similar"].iloc[0]
    pair = data.votes[
        (data.votes["image_id_a"] == ties["image_id_a"]) & (data.votes["image_id_b"] == ties["image_id_b"])
    ]
    assert len(pair) == 1
    with (place / "votes" / "judges.csv").open(newline="", encoding="utf-8") as file:
        assert [row["judge"] for row in csv.DictReader(file)] == ["A", "B", "D", ODD, "liar"]


def test_pictures_come_back_as_they_were(place: Path, told: dict[str, object]) -> None:
    from iqabench.data.images import read_image

    for file in sorted((place / "votes" / "images").glob("*/*.png")):
        source = place / ("given" if file.parent.name == "LR" else f"restored/{file.parent.name}") / file.name
        assert np.array_equal(read_image(file), read_image(source))


def test_the_table_says_what_a_reader_must_know(place: Path, files: list[Path], tmp_path: Path) -> None:
    out, err = imported(place, tmp_path / "v", *files, more=("--figure", tmp_path / "scale.svg"))
    flat = " ".join(out.split())
    for word in (
        "200 choices of 4 judges",
        "Krippendorff's alpha",
        "whole judges drawn (400 draws)",
        "There are 4 judges: below 10 it is rough",
        "Left out: liar (0 of 6",
        "Davidson",
        "of 24 obvious",
    ):
        assert word in flat
    assert "More choices that would tell apart" in flat or "All pairs of algorithms" in flat
    assert "hazel" in (tmp_path / "scale.svg").read_text()
    assert f"votes: {tmp_path / 'v'}" in err


def test_one_judge_says_nothing_of_others(place: Path, files: list[Path], tmp_path: Path) -> None:
    flat = " ".join(imported(place, tmp_path / "v", files[0])[0].split())
    assert "no interval, since there is one judge" in flat
    told = json.loads(imported(place, tmp_path / "w", files[0], more=("--format", "json"))[0])
    assert {row["bradley_terry_judges_low"] for row in told["scale"]} == {None}


def test_a_name_is_no_formula(place: Path, tmp_path: Path) -> None:
    file = save(tmp_path, answers(plan_of(place / "page.html"), "=1+2", 0), "a.json")
    imported(place, tmp_path / "v", file)
    for name in ("judges.csv", "choices.csv"):
        with (tmp_path / "v" / name).open(newline="", encoding="utf-8") as table:
            assert {row["judge"] for row in csv.DictReader(table)} == {"'=1+2"}
    assert open_dataset("votes", tmp_path / "v").choices is not None


def test_half_a_file_counts_for_what_it_holds(place: Path, files: list[Path], tmp_path: Path) -> None:
    plan = plan_of(place / "page.html")
    said = answers(plan, "half", 3)
    said["answers"] = said["answers"][:20] + said["answers"][-3:]
    said["complete"] = False
    out, _ = imported(place, tmp_path / "v", *files[:4], save(tmp_path, said, "half.json"), more=("--format", "json"))
    told = json.loads(out)
    assert told["choices"] == 220
    assert [row["answered"] for row in told["judges"] if row["judge"] == "half"] == [23]


def test_the_same_answers_twice_count_once(place: Path, files: list[Path], tmp_path: Path) -> None:
    shutil.copy(files[0], tmp_path / "again.json")
    out, err = imported(place, tmp_path / "v", *files, tmp_path / "again.json", more=("--format", "json"))
    assert json.loads(out)["choices"] == 200
    assert "each pair counts once" in err
    other = answers(plan_of(place / "page.html"), "A", 77, session="another")
    other["answers"] = other["answers"][:30]
    out, err = imported(place, tmp_path / "w", *files, save(tmp_path, other, "o.json"), more=("--format", "json"))
    assert json.loads(out)["choices"] == 200
    assert "A: 2 sessions under this name, the fullest counts" in err


def test_a_csv_says_the_same_as_the_json(place: Path, files: list[Path], tmp_path: Path) -> None:
    plan = plan_of(place / "page.html")
    converted = []
    for number, file in enumerate(files):
        said = json.loads(file.read_text(encoding="utf-8"))
        with (tmp_path / f"{number}.csv").open("w", newline="", encoding="utf-8") as target:
            writer = csv.writer(target)
            writer.writerow(["page", "judge", "session", "pair", "left", "choice", "seconds", "at"])
            for one in said["answers"]:
                writer.writerow([plan.digest, said["judge"], said["session"], *one.values()])
        converted.append(tmp_path / f"{number}.csv")
    assert (
        imported(place, tmp_path / "v", *converted, more=("--format", "csv"))[0]
        == (imported(place, tmp_path / "w", *files, more=("--format", "csv"))[0])
    )


def test_wrong_and_broken_files_cost_themselves_only(place: Path, files: list[Path], tmp_path: Path) -> None:
    plan = plan_of(place / "page.html")
    said = answers(plan, "E", 1)
    (tmp_path / "cut.json").write_text(files[0].read_text()[:300])
    wrong = [
        save(tmp_path, answers(plan_of(place / "other.html"), "F", 1), "other-page.json"),
        tmp_path / "cut.json",
        save(tmp_path, {**said, "judge": ""}, "nameless.json"),
        save(tmp_path, {**said, "answers": [{**said["answers"][0], "choice": "c"}]}, "choice.json"),
        save(tmp_path, {**said, "answers": [{**said["answers"][0], "pair": "p999"}]}, "pair.json"),
        save(tmp_path, {**said, "answers": said["answers"][:1] * 2}, "twice.json"),
        tmp_path / "missing.json",
        save(tmp_path, [], "list.json"),  # type: ignore[arg-type]
        tmp_path / "deep.json",
        save(tmp_path, {**said, "answers": [{**said["answers"][0], "seconds": -1}]}, "time.json"),
    ]
    (tmp_path / "deep.json").write_text("[" * 200_000)
    out, err = imported(place, tmp_path / "v", *files, *wrong, code=2, more=("--format", "json"))
    assert json.loads(out)["choices"] == 200
    assert len([line for line in err.splitlines() if "error:" in line]) == len(wrong)
    new = ("list.json: holds no choices of a page; no page", "thousands deep; no page", "or leave it out")
    for file, word in zip(
        wrong, ("another page", "no JSON", "a name of", "choice", "no pair", "twice", "no such", *new), strict=True
    ):
        assert any(str(file) in line and word in line for line in err.splitlines()), (file, err)
    assert "Traceback" not in err


def test_nothing_is_mixed_and_nothing_is_guessed(place: Path, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert "there is something already" in imported(place, tmp_path / "full", *files, code=2)[1]
    assert "no judge is left (liar: 0 of 6" in imported(place, tmp_path / "v", files[-1], code=2)[1]
    page = place / "page.html"
    changed = tmp_path / "changed.html"
    changed.write_text(page.read_text().replace('"kind":"obvious"', '"kind":"pair"', 1))
    done = run_here("judge", "import", files[0], "--page", changed, "--out", tmp_path / "v")
    assert (done.returncode, "were changed since" in done.stderr) == (2, True)
    done = run_here("judge", "import", files[0], "--page", files[0], "--out", tmp_path / "v")
    assert (done.returncode, "no page of pairs" in done.stderr) == (2, True)
    assert not (tmp_path / "v").exists()


def test_more_files_replace_an_earlier_import_of_the_same_page_alone(
    place: Path, files: list[Path], tmp_path: Path
) -> None:
    for number in (2, 4):
        out, _ = imported(place, tmp_path / "v", *files[:number], more=("--format", "json"))
        assert json.loads(out)["choices"] == 50 * number
    other = save(tmp_path, answers(plan_of(place / "other.html"), "A", 1), "o.json")
    done = run_here("judge", "import", other, "--page", place / "other.html", "--out", tmp_path / "v")
    assert (done.returncode, "another page; name a new folder" in done.stderr) == (2, True)


def test_the_command_makes_the_same_page_twice_and_gmad_finds_where_metrics_disagree(
    place: Path, tmp_path: Path
) -> None:
    words = ("judge", "export", place / "restored", "--degraded", place / "given", "--methods", "psnr,sharpness")
    for name in ("a.html", "b.html"):
        done = run_here(*words, "--pairs", "10", "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    plan = plan_of(tmp_path / "a.html")
    whys = {pair.why for pair in plan.pairs if pair.kind == "pair"}
    assert whys == {"psnr calls the two equal, sharpness different", "sharpness calls the two equal, psnr different"}
    assert {kind: [pair.kind for pair in plan.pairs].count(kind) for kind in ("repeat", "swapped", "obvious")} == {
        "repeat": 4,
        "swapped": 4,
        "obvious": 12,
    }
    folders = [place / "restored" / name for name in ALGORITHMS[:3]]
    done = run_here("judge", "export", *folders, "--choose", "random", "--out", tmp_path / "c.html")
    assert done.returncode == 0, done.stderr
    assert "12 pairs instead of 100" in done.stderr
    assert {image.algorithm for image in plan_of(tmp_path / "c.html").images.values()} == {*ALGORITHMS[:3], ""}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("restored",), "name two or more with --methods"),
        (("restored/amber", "--choose", "random"), "no content was restored by two algorithms"),
        (("nowhere", "--choose", "random"), "nowhere: there is no such restored"),
        (("restored", "--choose", "random", "--methods", "psnr,ssim"), "leave one of the two out"),
        (("restored/amber", "other/amber", "--choose", "random"), "two folders are called amber"),
    ],
)
def test_what_cannot_be_exported(place: Path, tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    paths = [str(place / word) if word.startswith(("restored", "nowhere", "other")) else word for word in words]
    done = run_here("judge", "export", *paths, "--out", tmp_path / "page.html")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert problem in " ".join(done.stderr.split())
    assert not (tmp_path / "page.html").exists()


def test_pictures_beside_a_page_are_read_from_there(place: Path, tmp_path: Path) -> None:
    write_restored(tmp_path, contents=1, algorithms=ALGORITHMS[:3])
    page = write_page(tmp_path, pairs=3, most_bytes=10)
    plan = plan_of(page)
    assert plan.folder == "page-images"
    assert "data:image" not in page.read_text()
    file = save(tmp_path, answers(plan, "A", 1, noise=0), "a.json")
    imported(tmp_path, tmp_path / "v", file)
    assert open_dataset("votes", tmp_path / "v").votes is not None
    shutil.rmtree(tmp_path / "page-images")
    assert "keep the folder beside the page" in imported(tmp_path, tmp_path / "w", file, code=2)[1]
