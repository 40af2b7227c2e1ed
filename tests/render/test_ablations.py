"""Ablations are left out of leaderboards, reports and figures unless asked for; the test of differences counts them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from stored import make_labels, store_labels, store_run

from ckdn.recipes import RECIPES
from ckdn.variants import MAIN_SETTINGS, VARIANTS
from iqabench.methods.ablations import ablation_test
from iqabench.results.store import RunFolder, ScoreRow, load_results

RELATIVE = {"recipe": "quick", "pretraining": "relative", "pretraining_epochs": 15}
SHORT = RELATIVE | {"pretraining_epochs": 8}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CKDN, two of its ablations (one by its settings alone), and two other methods on eight contents."""
    folder = tmp_path_factory.mktemp("ablations") / "runs"
    generator = np.random.default_rng(0)
    quality = generator.normal(size=(8, 6)).ravel()
    labels = make_labels(8, 6, quality)
    top = store_labels(folder, labels)
    for number, (method, settings) in enumerate(
        (("ckdn", RELATIVE), ("ckdn", SHORT), ("ckdn-vgg", {}), ("psnr", {}), ("of-somebody", SHORT))
    ):
        store_run(top, method, labels, quality + 0.3 * number * generator.normal(size=48), settings=settings)
    return folder


def methods(*words: object) -> list[str]:
    done = run_here("table", "--format", "csv", *words)
    assert done.returncode == 0, done.stderr
    return [row["method"] for row in csv.DictReader(io.StringIO(done.stdout))]


def test_a_leaderboard_leaves_them_out_and_says_how_many(runs: Path) -> None:
    assert methods("--results", runs) == ["ckdn", "psnr", "of-somebody"]
    printed = run_here("table", "--results", runs).stdout
    assert "Ablations left out: 2 rows; --with-ablations shows them." in " ".join(printed.split())
    assert sorted(methods("--results", runs, "--with-ablations")) == ["ckdn", "ckdn", "ckdn-vgg", "of-somebody", "psnr"]
    assert "Ablations" not in run_here("table", "--results", runs, "--with-ablations").stdout


def test_who_names_one_gets_it(runs: Path) -> None:
    assert methods("--results", runs, "--methods", "ckdn-vgg,psnr") == ["ckdn-vgg", "psnr"]
    assert methods("--results", runs, "--methods", "ckdn") == ["ckdn"]
    assert methods("--results", runs, "--methods", "ckdn", "--with-ablations") == ["ckdn", "ckdn"]


def test_what_is_left_out_is_counted_in_rows(tmp_path: Path) -> None:
    """Two seeds are one row, and so are two splits in one table."""
    labels = make_labels(8, 6, np.random.default_rng(0).normal(size=48))
    for split in ("one", "two"):
        top = store_labels(tmp_path, labels, split=split)
        for seed in (0, 1):
            for settings in (RELATIVE, SHORT):
                store_run(top, "ckdn", labels, np.arange(48.0), settings=settings, seed=seed)
    words = ("--results", tmp_path, "--methods", "ckdn")
    done = run_here("table", *words)
    assert "ablations left out: 1 row; --with-ablations" in done.stderr
    assert "ablations" not in run_here("table", *words, "--with-ablations").stderr


def test_a_name_means_the_row_that_tables_show(tmp_path: Path) -> None:
    """Also where the ablation was finished last."""
    labels = make_labels(8, 6, np.random.default_rng(0).normal(size=48))
    top = store_labels(tmp_path, labels)
    shown = store_run(top, "ckdn", labels, np.arange(48.0), settings=RELATIVE)
    hidden = store_run(top, "ckdn", labels, -np.arange(48.0), settings=SHORT, finished="2026-02-01T00:00:00+00:00")
    store_run(top, "psnr", labels, np.random.default_rng(1).normal(size=48))
    done = run_here("compare", "ckdn", "psnr", "--results", tmp_path)
    said = " ".join(done.stdout.split())
    assert f"ckdn is the row that tables show (the others are ablations), #{shown[:8]}" in said
    assert f"others of that name: ckdn#{hidden[:8]}" in said
    named = run_here("compare", f"ckdn#{hidden[:8]}", "psnr", "--results", tmp_path)
    assert f"#{shown[:8]}" not in named.stdout


def test_a_reference_may_be_named_with_a_method(tmp_path: Path) -> None:
    labels = make_labels(8, 6, np.random.default_rng(0).normal(size=48))
    top = store_labels(tmp_path, labels)
    for number, method in enumerate(("one", "two")):
        store_run(top, method, labels, np.arange(48.0) * (1 - 2 * number))
    (found,) = load_results(tmp_path)
    other = dict(found.runs[0].meta) | {"reference": "pristine", "run_id": "0" * 16}
    other["identity"] = {**other["identity"], "reference": "pristine"}
    folder = RunFolder(top / "one" / "pristine" / other["run_id"])
    folder.append(ScoreRow(str(name), float(place)) for place, name in enumerate(labels["image_id"]))
    folder.finish(other)
    rows = [(run.method, run.meta["reference"]) for one in load_results(tmp_path) for run in one.runs]
    assert sorted(rows) == [("one", "degraded"), ("one", "pristine"), ("two", "degraded")]
    assert sorted(methods("--results", tmp_path, "--methods", "one,two")) == ["one", "one", "two"]
    assert sorted(methods("--results", tmp_path, "--methods", "one@degraded,two")) == ["one", "two"]
    done = run_here("table", "--results", tmp_path, "--methods", "two@pristine")
    assert done.returncode == 2
    assert "--methods two@pristine: no result of it; there are: two@degraded" in done.stderr


def test_the_test_of_differences_counts_all_rows(runs: Path) -> None:
    for words in ((), ("--with-ablations",)):
        rows = json.loads(run_here("table", "--results", runs, "--format", "json", *words).stdout)
        assert {row["tested_pairs"] for row in rows} == {10}


def test_a_report_leaves_them_out(runs: Path, tmp_path: Path) -> None:
    few, all_of_them = tmp_path / "few.html", tmp_path / "all.html"
    assert run_here("report", "--results", runs, "--output", few).returncode == 0
    assert run_here("report", "--results", runs, "--output", all_of_them, "--with-ablations").returncode == 0
    assert "ckdn-vgg" not in few.read_text()
    assert "2 ablations are left out" in few.read_text()
    assert "ckdn-vgg" in all_of_them.read_text()
    assert "left out: <code>iqabench report --with-ablations" not in all_of_them.read_text()


def test_an_audit_agrees_with_tables_of_either_kind(runs: Path) -> None:
    written = [runs / f"{name}.{ending}" for name in ("few", "all") for ending in ("md", "tex", "html", "csv", "json")]
    for path in written:
        more = ("--with-ablations",) if path.stem == "all" else ()
        style = {".md": "markdown", ".tex": "latex"}.get(path.suffix, path.suffix[1:])
        form = () if style == "html" else ("--format", style)
        command = "report" if path.suffix == ".html" else "table"
        assert run_here(command, "--results", runs, *form, "--output", path, *more).returncode == 0
    found = json.loads(run_here("verify", runs, "--sample", "0", "--format", "json").stdout)
    assert {path.name for path in written} <= set(found["tables"])
    differing = [one for one in found["differences"] if any(path.name in one["where"] for path in written)]
    assert not differing


def test_where_all_are_ablations_all_are_shown(tmp_path: Path) -> None:
    labels = make_labels(6, 5, np.arange(30.0))
    top = store_labels(tmp_path, labels)
    for name in ("ckdn-18", "ckdn-36"):
        store_run(top, name, labels, np.arange(30.0))
    assert methods("--results", tmp_path) == ["ckdn-18", "ckdn-36"]


def test_the_declarations_agree_with_the_recipes() -> None:
    is_ablation = ablation_test()
    for one in MAIN_SETTINGS:
        assert one["pretraining_epochs"] == RECIPES[one["recipe"]].pretraining_epochs
        assert one["pretraining"] == VARIANTS["ckdn"].pretraining
        assert not is_ablation("ckdn", {**one, "start": "imagenet"}, False)
    assert {one["recipe"] for one in MAIN_SETTINGS} == set(RECIPES)
    assert not is_ablation("nobody", {}, False)
    assert not is_ablation("ckdn-vgg", {}, True), "a plugin of that name is no variant of ours"
