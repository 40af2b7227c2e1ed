"""Every reader of a released data set on a made copy of it at full count."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from subprocess import CompletedProcess

import pandas as pd
import pytest
from inprocess import run_here
from releases import WRITERS, Pictures, write_sriqa_bench

from iqabench.data.base import Dataset
from iqabench.data.open import DatasetRegistry, open_dataset
from iqabench.data.splits import content_draws, split_of

Place = Callable[[str], Path]
Read = Callable[[str], Dataset]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The made copy of a release, written when it is first asked for."""
    base = tmp_path_factory.mktemp("releases")
    pictures = Pictures(base / "pictures")
    # The choices of ten judges are 55,000 files: one judge here, all ten in a test that is marked slow.
    writers = WRITERS | {"sriqa-bench": partial(write_sriqa_bench, judges="A")}

    def find(name: str) -> Path:
        if not (base / name).exists():
            (base / name).mkdir()
            writers[name](base / name, pictures)
        return base / name

    return find


@pytest.fixture(scope="module")
def read(place: Place) -> Read:
    """The data set of a copy, read once."""
    return cache(lambda name: open_dataset(name, place(name)))


def facts(dataset: Dataset) -> tuple[object, ...]:
    """Rows, contents, pairs voted on, references, range and direction of labels, what they can be compared within."""
    card = dataset.card
    votes = 0 if dataset.votes is None else len(dataset.votes)
    counts = len(dataset.frame), dataset.frame["content"].nunique(), votes
    labels = card.mos_range, card.mos_higher_is_better, card.label_scope
    return *counts, dataset.references_present(), *labels


BOTH, ONE, NONE = ("degraded", "pristine"), ("pristine",), ()
EXPECTED = {
    "sriqa-bench": (1000, 100, 4500, BOTH, (0, 100), True, "content"),
    "qads": (980, 20, 0, ONE, (0, 1), True, "set"),
    "realsrq": (1620, 60, 0, BOTH, (-0.496, 1.524), True, "content"),
    "tid2013": (3000, 25, 0, ONE, (0, 9), True, "set"),
    "kadid10k": (10125, 81, 0, ONE, (1, 5), True, "set"),
    "csiq": (866, 30, 0, ONE, (0, 1), False, "set"),
    "live": (779, 29, 0, ONE, (-5, 115), False, "set"),
    "koniq10k": (10073, 10073, 0, NONE, (1, 100), True, "set"),
    "spaq": (11125, 11125, 0, NONE, (0, 100), True, "set"),
    "live-challenge": (1162, 1162, 0, NONE, (0, 100), True, "set"),
    "pieapp": (600, 40, 4200, ONE, (0.5, 4.5), False, "set"),
}
SPREAD = {
    "tid2013": (0.13, None),
    "kadid10k": (0.496, 30),
    "csiq": (0.05, None),
    "live": (6.5, None),
    "koniq10k": (11.5, 105),
    "live-challenge": (18.5, None),
}
"""Standard deviation and number of judges of the first image, where the release says them."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_whole_release_is_read_without_a_complaint(read: Read, name: str) -> None:
    dataset = read(name)
    assert facts(dataset) == EXPECTED[name]
    assert dataset.card.name == name
    assert dataset.card.label_kind == "human"
    assert dataset.card.citation.startswith("@")
    assert not [note for note in dataset.notes if "the release of" in note]
    if "degraded" not in dataset.references_present():
        (said,) = [note for note in dataset.notes if "no degraded images" in note or "no reference of any kind" in note]
        assert "--references lr-x" in said or "NR" in said
    if name in SPREAD:
        assert dataset.ratings is not None
        assert set(dataset.ratings["image_id"]) == set(dataset.frame["image_id"])
        deviation, judges = dataset.ratings[["deviation", "judges"]].iloc[0]
        assert (deviation, None if pd.isna(judges) else judges) == SPREAD[name]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "pieapp"])
def test_the_default_split_keeps_a_fifth_of_the_contents_for_validation(read: Read, name: str) -> None:
    dataset = read(name)
    assert dataset.default_split is not None
    parts = split_of(dataset, dataset.default_split).apply(dataset.frame, for_training=True)["part"]
    counts = parts.value_counts()
    if name == "koniq10k":
        assert dict(counts) == {"train": 7058, "validate": 2015, "unused": 1000}
    else:
        assert counts["validate"] / len(parts) == pytest.approx(0.2, abs=0.01)


def test_algorithms_and_categories_are_those_of_the_names(place: Place, read: Read) -> None:
    found = {}
    for name, image_id in (
        ("tid2013", "I03_24_5"),
        ("kadid10k", "I81_25_05"),
        ("qads", "img20_04_13"),
        ("csiq", "1600.jpeg2000.2"),
        ("live", "gblur/img174"),
        ("realsrq", "Text_010_LR4_VDSR"),
        ("sriqa-bench", "online7_SwinIRx4"),
        ("pieapp", "distort_200_noise3_inter_3"),
    ):
        frame = read(name).frame.set_index("image_id")
        row = frame.loc[image_id]
        found[name] = (row["content"], row["algorithm"], row["category"], row["task"], Path(row["pristine"]).name)
    assert found == {
        "tid2013": ("I03", "24_5", "24", "distortion", "I03.BMP"),
        "kadid10k": ("I81", "25_05", "25", "distortion", "I81.png"),
        "qads": ("img20", "x4_13", "x4", "SR", "img20.bmp"),
        "csiq": ("1600", "jpeg2000_2", "jpeg2000", "distortion", "1600.png"),
        "live": (frame_content(place), "gblur", "gblur", "distortion", f"{frame_content(place)}.bmp"),
        "realsrq": ("Text_010", "x4_VDSR", "x4", "SR", "Text_010_HR.png"),
        "sriqa-bench": ("online7", "SwinIRx4", "", "SR", "online7_Original.png"),
        "pieapp": ("ref_200", "noise3_inter_3", "noise3", "distortion", "ref_200.png"),
    }


def frame_content(place: Place) -> str:
    """The picture of LIVE's ``gblur/img174``, as its file of names says."""
    from scipy.io import loadmat

    names = loadmat(place("live") / "refnames_all.mat")["refnames_all"].ravel()
    return Path(str(names[227 + 233 + 174 + 173][0])).stem


@pytest.mark.slow
def test_all_choices_of_sriqa_bench(tmp_path: Path) -> None:
    write_sriqa_bench(tmp_path / "set", Pictures(tmp_path / "pictures"))
    dataset = open_dataset("sriqa-bench", tmp_path / "set")
    assert dataset.choices is not None
    assert (len(dataset.choices), dataset.choices["judge"].nunique()) == (45000, 10)
    whole = open_dataset("sriqa-bench", tmp_path / "set", originals=True)
    assert whole.choices is not None
    assert (len(whole.frame), len(whole.choices)) == (1100, 55000)


def test_draws_are_the_same_everywhere() -> None:
    draws = content_draws(f"c{n}" for n in range(10))
    assert list(draws) == [f"draw{n}" for n in range(10)]
    assert content_draws(f"c{n}" for n in reversed(range(10))) == draws
    assert [name for name, part in draws["draw0"].items() if part == "validate"] == ["c0", "c3"]
    assert content_draws(["a", "b"]) == {}


def scored(name: str, root: Path, results: Path, *more: str) -> CompletedProcess[str]:
    """What ``iqabench run`` does with one method on the copy of a release, in this process."""
    return run_here("run", "--no-anchors", "--dataset", name, "--root", root, "--results", results, *more)


@pytest.mark.parametrize("name", [name for name, one in EXPECTED.items() if one[3] != NONE and name != "kadid10k"])
def test_the_command_scores_a_release(place: Place, tmp_path: Path, name: str) -> None:
    """With its degraded images where it has them, else with the pristine ones, never one in place of the other."""
    shown = "degraded" if EXPECTED[name][3] == BOTH else "pristine"
    done = scored(name, place(name), tmp_path, "--methods", "psnr", "--references", shown)
    assert done.returncode == 0, done.stderr
    assert ("DR" if shown == "degraded" else "FR") in done.stdout
    if shown == "pristine":
        refused = scored(name, place(name), tmp_path, "--methods", "psnr", "--references", "degraded")
        assert refused.returncode == 2
        told = " ".join(refused.stderr.split())
        assert f"dataset {name} has no degraded image" in told
        assert "Made references such as --references lr-x4" in told


def test_photographs_are_scored_without_a_reference_only(place: Place, tmp_path: Path) -> None:
    root = place("live-challenge")
    done = scored("live-challenge", root, tmp_path, "--methods", "sharpness", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "NR" in done.stdout
    refused = scored("live-challenge", root, tmp_path, "--methods", "psnr")
    assert refused.returncode == 2
    assert "live-challenge has no degraded image" in " ".join(refused.stderr.split())


def test_card_and_check_tell_what_a_release_is(place: Place) -> None:
    given = ("--dataset", "csiq", "--root", str(place("csiq")))
    card = " ".join(run_here("data", "card", *given).stdout.split())
    for said in (
        "mos higher is better False",
        "label scope set",
        "label spread standard deviation of 866 images, number of judges of 0",
        "splits draw0, draw1, ..., draw9 (10)",
        "default split draw0",
        "references pristine",
        "note: no degraded images in CSIQ",
    ):
        assert said in card
    check = run_here("data", "check", *given)
    assert check.returncode == 0, check.stdout
    assert "0 errors" in check.stdout


def test_every_release_is_listed() -> None:
    assert set(EXPECTED) <= set(DatasetRegistry().names())
