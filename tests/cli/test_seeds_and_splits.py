"""Several seeds or splits: never one of them unsaid, in any command and any format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from stored import make_labels, store_labels, store_run

CONTENTS, IMAGES = 8, 5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two splits: a method trained with three seeds (its best epochs beside it), one in two settings, one untrained."""
    generator = np.random.default_rng(0)
    for split in ("one", "two"):
        quality = generator.normal(size=CONTENTS * IMAGES)
        labels = make_labels(CONTENTS, IMAGES, quality)
        top = store_labels(tmp_path / "r", labels, split=split)
        for seed in (0, 1, 2):
            for selection, noise in (("last", 0.6), ("best", 0.4)):
                scores = quality + noise * generator.normal(size=len(quality))
                store_run(top, "trained", labels, scores, seed=seed, selection=selection)
        for width in (1, 2):
            store_run(top, "plain", labels, quality + generator.normal(size=len(quality)), settings={"width": width})
        store_run(top, "single", labels, quality + generator.normal(size=len(quality)), seed=5)
    return tmp_path / "r"


def out(*words: object) -> str:
    done = run_here(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_row_is_the_mean_of_its_seeds_and_says_so(root: Path, tmp_path: Path) -> None:
    rows = json.loads(out("table", "--results", root, "--split", "one", "--format", "json"))
    assert sorted((row["method"], row["selection"], row["training_seed"]) for row in rows) == [
        ("plain", "none", ""),
        ("plain", "none", ""),
        ("single", "last", "5"),
        ("trained", "best", "0, 1, 2"),
        ("trained", "last", "0, 1, 2"),
    ]
    alone = [
        json.loads(out("table", "--results", root, "--split", "one", "--seed", seed, "--format", "json"))
        for seed in (0, 1, 2)
    ]
    figures = [one["srcc"] for part in alone for one in part if one["selection"] == "last"]
    row = next(row for row in rows if (row["method"], row["selection"]) == ("trained", "last"))
    assert (row["seeds"], row["srcc"]) == (3, pytest.approx(np.mean(figures)))
    assert row["srcc_sd"] == pytest.approx(np.std(figures, ddof=1))
    shown = f"{row['srcc']:.4f} ± {row['srcc_sd']:.4f} (3 seeds)"
    said = "mean ± standard deviation over the seeds 0, 1, 2: trained"
    for style in ("text", "markdown"):
        text = out("table", "--results", root, "--split", "one", "--format", style)
        assert shown in text.replace("\\", "").replace("**", "")
        assert said in " ".join(text.split())
    latex = out("table", "--results", root, "--split", "one", "--format", "latex")
    assert shown.replace("±", "$\\pm$") in latex
    assert "over the seeds 0, 1, 2" in latex
    table = list(csv.DictReader(io.StringIO(out("table", "--results", root, "--split", "one", "--format", "csv"))))
    assert {(one["seeds"], one["training_seed"]) for one in table if one["method"] == "trained"} == {("3", "0, 1, 2")}
    compared = out("compare", "trained", "single", "--results", root, "--split", "one")
    assert f"{row['srcc']:.4f} ± {row['srcc_sd']:.4f} (3 seeds: 0, 1, 2)" in compared
    assert "(seed 5)" in compared
    out("report", "--results", root, "--split", "one", "--output", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"{row['srcc']:.4f} ± {row['srcc_sd']:.4f}" in page
    assert "over 3 seeds: 0, 1, 2" in page


def test_rows_with_other_settings_stay_apart_and_compare_says_which_it_means(root: Path) -> None:
    rows = json.loads(out("table", "--results", root, "--split", "one", "--format", "json"))
    ids = {row["variant"]: row["run_id"] for row in rows if row["method"] == "plain"}
    assert set(ids) == {"width=1", "width=2"}
    text = out("compare", "plain", "trained", "--results", root, "--split", "one")
    assert "others of that name: plain#" in text
    first, second = (f"plain#{ids[name][:8]}" for name in ("width=1", "width=2"))
    found = json.loads(out("compare", first, second, "--results", root, "--split", "one", "--format", "json"))[0]
    assert [found["a"]["run_id"], found["b"]["run_id"]] == [ids["width=1"], ids["width=2"]]


def test_a_row_is_not_compared_with_itself(root: Path) -> None:
    done = run_here("compare", "trained", "trained@degraded", "--results", root, "--split", "one")
    assert done.returncode == 2
    assert "are the same row, trained@degraded" in done.stderr


def test_a_seed_that_is_not_complete_is_left_out_and_named(root: Path) -> None:
    labels = make_labels(CONTENTS, IMAGES, None)
    scores = np.arange(len(labels), dtype=float)
    scores[3] = np.nan
    store_run(root / "made" / "one", "trained", labels, scores, seed=9)
    text = " ".join(out("table", "--results", root, "--split", "one").split())
    assert "over the seeds 0, 1, 2: trained" in text
    assert "seed 9 is not complete and not used" in text
    missing = run_here("table", "--results", root, "--seed", "4")
    assert missing.returncode == 2
    assert "--seed 4: no run was trained with it; seeds there are: 0, 1, 2, 5, 9" in missing.stderr


def test_several_splits_have_a_table_over_them(root: Path, tmp_path: Path) -> None:
    rows = json.loads(out("table", "--results", root, "--format", "json"))
    over = {(row["method"], row["selection"], row["variant"]): row for row in rows if row["splits"] == 2}
    assert len(over) == 5
    for key, row in over.items():
        each = [
            one["srcc"]
            for one in rows
            if one["splits"] == 1 and (one["method"], one["selection"], one["variant"]) == key
        ]
        assert (row["split"], row["srcc"]) == ("one, two", pytest.approx(np.mean(each)))
        assert row["srcc_sd"] == pytest.approx(np.std(each, ddof=1))
        assert row["srcc_low"] is row["level_with"] is None
    assert sorted(row["rank"] for row in over.values()) == [1, 2, 3, 4, 5]
    text = " ".join(out("table", "--results", root).split())
    assert "made, over 2 splits" in text
    assert "Mean ± standard deviation over 2 splits of made (state ffffffff of data and labels): one, two." in text
    assert "made, over 2 splits (one, two): trained@degraded@last minus single@degraded@last is" in out(
        "compare", "trained", "single", "--results", root
    )
    compared = json.loads(
        out("compare", "trained", "single", "--results", root, "--split", "one,two", "--format", "json")
    )
    assert [one["split"] for one in compared] == ["one", "two"]
    out("report", "--results", root, "--output", tmp_path / "page.html")
    for split in ("one", "two"):
        assert "over 2 splits of made" in (tmp_path / f"page-made-{split}.html").read_text(encoding="utf-8")


def test_run_takes_several_seeds_and_splits(tmp_path: Path, manifest: Path) -> None:
    data = ["--dataset", "manifest", "--root", manifest]
    for seed in (1, 2):
        out("data", "split", *data, "--seed", seed, "--content-share", "0.5", "--out", tmp_path / f"draw{seed}")
    words = ["run", "--methods", "algorithm-mean,sharpness", "--no-anchors", *data, "--seed", "0,1", "--format", "json"]
    splits = f"{tmp_path / 'draw1'},{tmp_path / 'draw2'}"
    rows = json.loads(out(*words, "--split", splits, "--results", tmp_path / "r"))
    assert len(list((tmp_path / "r").rglob("run.json"))) == 2 * (2 + 1)
    assert sorted((row["split"], row["method"], row["seeds"]) for row in rows if row["splits"] == 1) == [
        ("draw1", "algorithm-mean", 2),
        ("draw1", "sharpness", None),
        ("draw2", "algorithm-mean", 2),
        ("draw2", "sharpness", None),
    ]
    assert {row["method"] for row in rows if row["splits"] == 2} == {"algorithm-mean", "sharpness"}
    wrong = run_here("run", "--methods", "psnr", *data, "--seed", "0,one", "--results", tmp_path / "r")
    assert (wrong.returncode, "--seed 0,one: whole numbers" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("turned", [False, True])
def test_labels_that_every_method_contradicts_are_likely_turned(tmp_path: Path, turned: bool) -> None:
    generator = np.random.default_rng(1)
    quality = generator.normal(size=CONTENTS * IMAGES)
    labels = make_labels(CONTENTS, IMAGES, -quality if turned else quality)
    top = store_labels(tmp_path / "r", labels)
    for name, noise in (("a", 0.2), ("b", 0.5)):
        store_run(top, name, labels, quality + noise * generator.normal(size=len(quality)))
    text = " ".join(out("table", "--results", tmp_path / "r").split())
    assert ("WARNING: every method here is strongly negative" in text) == turned
